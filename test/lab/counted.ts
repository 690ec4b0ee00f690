/** What is counted in messages, in its plural. */
const COUNTED =
  "attempts|backups|bytes|characters|columns|commits|containers|databases|days|entries|extensions|files|findings|hours|images|lines|migrations|minutes|problems|processes|rows|seconds|services|sessions|settings|stable versions|statements|steps|subscriptions|tables|tags|times|tries|versions|ways";

/** Where a printed text counts one as several, or tells of no minute at all. */
export function miscounted(text: string): readonly string[] {
  return text.match(new RegExp(String.raw`(?<![\w.,-])(?:1 (?:[a-z]+ )?(?:${COUNTED})\b|(?<!\d h )0 min ago)`, "g")) ?? [];
}
