import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** One `import`, `export ... from`, `import()` or `import('...')` type. */
export interface Import {
  /** A file below the root ("machine/bus.ts"), or a package as it is written. */
  target: string;
  /** Whether it is gone after compilation. */
  typeOnly: boolean;
  /** Whether it is fetched when the module is loaded, as opposed to `import()`. */
  eager: boolean;
}

/** A TypeScript file, as much of it as rules about the architecture look at. */
export interface Module {
  /** From the root, with forward slashes: "machine/bus.ts". */
  path: string;
  lines: number;
  imports: Import[];
  /** Accesses such as `process.exit`, whether called or not. */
  members: Set<string>;
  /** String literals. */
  strings: Set<string>;
}

/** Reads and parses every `.ts` file below `root`. */
export function readModules(root: string): Module[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => parseModule(path, readFileSync(join(root, path), 'utf8')));
}

/** Parses one module; `path` is where relative imports start from. */
export function parseModule(path: string, source: string): Module {
  const module: Module = {
    path,
    lines: source.trimEnd().split('\n').length,
    imports: [],
    members: new Set(),
    strings: new Set(),
  };
  for (const node of nodes(parseAst(source, { lang: 'ts' }))) visit(node, module);
  return module;
}

type Node = Record<string, unknown> & { type: string };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function* nodes(root: unknown): Generator<Node> {
  if (Array.isArray(root)) for (const item of root) yield* nodes(item);
  if (!isNode(root)) return;
  yield root;
  for (const child of Object.values(root)) if (typeof child === 'object') yield* nodes(child);
}

function visit(node: Node, module: Module): void {
  const { source, object, property } = node;
  const { path } = module;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (isNode(source)) addImport(module, source, { typeOnly: isTypeOnly(node), eager: true });
      break;
    case 'ImportExpression':
      addImport(module, source, { typeOnly: false, eager: false });
      break;
    case 'TSImportType':
      addImport(module, source, { typeOnly: true, eager: true });
      break;
    case 'TSImportEqualsDeclaration':
      throw new Error(`${path}: import x = ... is not ESM`);
    case 'MemberExpression':
      if (isNode(object) && isNode(property)) module.members.add(`${object['name']}.${property['name']}`);
      break;
    case 'Literal':
      if (typeof node['value'] === 'string') module.strings.add(node['value']);
      break;
  }
}

function addImport(module: Module, source: unknown, kind: { typeOnly: boolean; eager: boolean }): void {
  const specifier = isNode(source) ? source['value'] : undefined;
  if (typeof specifier !== 'string') throw new Error(`${module.path}: an import of what is not a string`);
  const target = specifier.startsWith('.') ? normalize(join(dirname(module.path), specifier)) : specifier;
  module.imports.push({ target, ...kind });
}

/** `import type`, or braces in which every name is a `type`. */
function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = node['specifiers'];
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every(
    (specifier) =>
      isNode(specifier) && (specifier['importKind'] === 'type' || specifier['exportKind'] === 'type'),
  );
}

/** The cycles in a graph, each as the path from a node back to itself; none of a graph that has none. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) found.push([...path.slice(start), node].join(' -> '));
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
