// rollout/compose: an app that is a compose project.

import { openComposeProject } from "../../machine/container/project.ts";
import type { StrategyKind } from "../strategy.ts";
import { composeStrategy } from "./compose.ts";
import { preparedIn } from "./prepare.ts";
import { comesOrIsThere, namesProject } from "./signs.ts";
import { watchProject } from "./watch.ts";

/** An app that is a compose project. */
export const composeKind: StrategyKind = {
  said: ({ services }) => services !== undefined && services.length > 0,
  seen: comesOrIsThere,
  watch: watchProject,
  async open(about) {
    const { shared, clone, settings, deploy } = about;
    const project = await openComposeProject(clone.machine, shared, "`strategy: compose`");
    const prepared = preparedIn(deploy);
    const app = {
      project: { ...project, environment: about.environment },
      name: prepared?.project,
      services: settings.services,
      databaseService: shared["database-service"],
      changing: prepared?.changing ?? [],
      added: prepared?.added ?? [],
      before: prepared && deploy?.from !== undefined ? { commit: deploy.from, images: prepared.running } : undefined,
    };
    return composeStrategy(app, { ...about, decides: about.said || namesProject(shared) });
  },
};
