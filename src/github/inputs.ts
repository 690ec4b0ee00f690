import { input, type Section } from "../core/input.ts";
import { flag, type Kind, line } from "../core/kinds.ts";

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
    environment: input(line, { description: "What the environment is called on GitHub. Default: as here." }),
    url: input(webAddress, { description: "Where the app is reached by its users, for the link at its deployments." }),
  },
} as const satisfies Section;
