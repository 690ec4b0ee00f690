export const RELEASES: Readonly<Record<number, string>>;
export function serverFolder(major: number): string;
export function installServer(major: number): void;
