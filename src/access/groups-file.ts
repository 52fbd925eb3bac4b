import { numberedLines } from './numbered-lines.js';
import { ROLES, type Role } from './roles.js';

/** What a groups file says. */
export interface Groups {
  /** The highest role of each member. */
  readonly roles: ReadonlyMap<string, Role>;
  /** What is wrong, with the line. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a file as Apache has it: `role: name name`, a role on one line or on several. */
export function readGroups(text: string): Groups {
  const members = new Map<string, string[]>();
  const faults: string[] = [];
  for (const { line, number } of numberedLines(text)) {
    const [, group, names = ''] = /^([^\s:]+)\s*:(.*)$/.exec(line) ?? [];
    if (group === undefined) faults.push(`line ${number}: is not role: name name`);
    else members.set(group, [...(members.get(group) ?? []), ...names.split(/\s+/).filter(Boolean)]);
  }
  // From the least to the highest, so that the highest stays.
  const roles = new Map(ROLES.flatMap((role) => (members.get(role) ?? []).map((name) => [name, role] as const)));
  const unknown = [...members.keys()].filter((group) => !ROLES.includes(group as Role));
  const warnings = unknown.map((group) => `The group ${group} is no role; roles are ${ROLES.join(', ')}`);
  return { roles, faults, warnings };
}
