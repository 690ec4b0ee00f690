import { input, type Section } from "../core/input.ts";
import { flag, type Kind, line, lines } from "../core/kinds.ts";

const webAddress: Kind<string> = {
  form: "an address such as https://shop.example",
  parse(value) {
    const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error("is no http or https address");
    if (url.username !== "" || url.password !== "") throw new Error("holds a login, and everybody who sees the deployments would see it");
    return url.href;
  },
};

/** What GitHub itself is told of a deploy. Each needs a permission of its own; none decides what a deploy does. */
export const githubSection = {
  name: "github",
  inputs: {
    deployments: input(flag, {
      description: "Keeps a deployment on GitHub for each deploy: under way, live, failed, replaced (`deployments: write`).",
      default: "false",
    }),
    status: input(flag, {
      description: "Sets the status `savepoint/<environment>` on the commit that is deployed (`statuses: write`).",
      default: "false",
    }),
    "pull-request": input(flag, {
      description:
        "Says at the pull request, in one comment that is kept up to date, what a merge would do: the dry run of a `pull_request` workflow (`pull-requests: write`).",
      default: "false",
    }),
    issue: input(flag, {
      description:
        "Opens an issue for each deploy that was rolled back or needs a person, with what was seen and a cause to fill in (`issues: write`).",
      default: "false",
    }),
    "issue-labels": input(lines, { description: "The labels of such an issue, one a line.", default: "savepoint" }),
    environment: input(line, { description: "What the environment is called on GitHub. Default: as here." }),
    url: input(webAddress, { description: "Where the app is reached by its users, for the link at its deployments." }),
  },
} as const satisfies Section;
