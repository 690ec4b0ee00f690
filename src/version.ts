import manifest from "../package.json" with { type: "json" };

export const { version, homepage } = manifest;

/** From which commit this was built, and of what day that is: a release writes it into its files in place of this text. */
const built: string = "COMMIT, DAY OF THE RELEASE";

/** What `--version` says: `1.2.3 (0123456789ab, 2026-11-28)`; in a checkout the number alone. */
export const wholeVersion: string = /^[0-9a-f]{12}, /.test(built) ? `${version} (${built})` : version;

/** The page of all releases; undefined where the project has no home yet. */
export const releases: string | undefined = homepage.includes("/OWNER/") ? undefined : `${homepage.replace(/#.*$/, "")}/releases`;
