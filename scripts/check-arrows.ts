/**
 * Checks which package imports which: `bun scripts/check-arrows.ts [root]`. Prints one line for each wrong arrow and
 * exits 1 if there is any. The linker is isolated, so an import of an undeclared package fails by itself; what is left
 * to check is what packages declare, that no relative path leaves a package (neither the linker nor `exports` sees
 * those), and that the root declares none (or every package would find them there).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** A -> B: A may import B. Nothing imports cli. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  text: ["core"],
  sefaria: ["core"],
  store: ["core", "text"],
  sinks: ["core"],
  engine: ["core", "text", "store"],
  api: ["core", "store"],
  sandbox: ["core"],
  cli: ["core", "text", "sefaria", "store", "sinks", "engine", "api", "sandbox"],
};
/** Workspaces beside packages/; they look at every package but the command line, which they start as a process. */
const BESIDE = ["scripts", "test"];
const SCOPE = "@sofer/";

/** Every form that names a module: static, type-only, re-export, dynamic, require. */
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*|\bimport\s*\(\s*|\brequire\s*\(\s*)(["'`])([^"'`\n]+)\1/g;

interface Workspace {
  /** `core`, or `scripts` for a workspace beside packages/. */
  readonly name: string;
  readonly folder: string;
  readonly allowed: readonly string[];
}

/** One line for each wrong arrow under `root`; none when all are right. */
export function checkArrows(root: string): string[] {
  const problems: string[] = [];
  const workspaces: Workspace[] = [];
  for (const name of foldersIn(join(root, "packages"))) {
    const allowed = ARROWS[name];
    if (allowed === undefined) problems.push(`packages/${name}: not in the table of arrows`);
    else workspaces.push({ name, folder: join(root, "packages", name), allowed });
  }
  const notCli = Object.keys(ARROWS).filter((name) => name !== "cli");
  for (const name of BESIDE) {
    if (existsSync(join(root, name))) workspaces.push({ name, folder: join(root, name), allowed: notCli });
  }
  for (const name of declaredIn(join(root, "package.json"))) {
    problems.push(`package.json: declares ${SCOPE}${name}; with it every package would find it`);
  }
  for (const workspace of workspaces)
    problems.push(...checkDeclared(root, workspace), ...checkImports(root, workspace));
  return problems;
}

function checkDeclared(root: string, { folder, allowed }: Workspace): string[] {
  const manifest = join(folder, "package.json");
  return declaredIn(manifest)
    .filter((name) => !allowed.includes(name))
    .map((name) => `${shown(root, manifest)}: must not depend on ${SCOPE}${name}`);
}

function checkImports(root: string, { name, folder, allowed }: Workspace): string[] {
  const problems: string[] = [];
  for (const file of sourcesIn(folder)) {
    for (const match of readFileSync(file, "utf8").matchAll(SPECIFIER)) {
      const specifier = match[2] ?? "";
      if (specifier.startsWith(".")) {
        const target = resolve(dirname(file), specifier);
        if (!target.startsWith(folder + sep)) problems.push(`${shown(root, file)}: ${specifier} leaves its package`);
      } else if (specifier.startsWith(SCOPE)) {
        const target = specifier.slice(SCOPE.length).split("/")[0] ?? "";
        // A package may name itself, through its own exports.
        if (target !== name && !allowed.includes(target)) {
          problems.push(`${shown(root, file)}: must not import ${specifier}`);
        }
      }
    }
  }
  return problems;
}

/** Packages of ours that a package.json names, in any of its lists. */
function declaredIn(manifest: string): string[] {
  if (!existsSync(manifest)) return [];
  const parsed: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const lists = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  const names = lists.flatMap((list) => Object.keys(field(parsed, list)));
  return [...new Set(names.filter((name) => name.startsWith(SCOPE)).map((name) => name.slice(SCOPE.length)))];
}

function field(value: unknown, name: string): object {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "object" && found !== null ? found : {};
}

function sourcesIn(folder: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...sourcesIn(path));
    else if (/\.[cm]?[jt]sx?$/.test(entry.name)) files.push(path);
  }
  return files.toSorted();
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
}

function shown(root: string, path: string): string {
  return relative(root, path).replaceAll(sep, "/");
}

if (import.meta.main) {
  const problems = checkArrows(resolve(process.argv[2] ?? join(import.meta.dir, "..")));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
