/**
 * Where comments and documents point to: `docs/glossary.md#doubtful`, `docs/adr/0002`, links, files.
 *
 * A pointer to a page, a heading or a file that is gone misleads the reader who needs it most.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';

/** Pages under docs/ and beside it, by path from the root. */
export function readPages(): ReadonlyMap<string, string> {
  const docs = existsSync('docs') ? readdirSync('docs', { recursive: true, encoding: 'utf8' }) : [];
  const paths = [
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'].filter((path) => existsSync(path)),
    ...docs.map((name) => posix.join('docs', name.replaceAll('\\', '/'))),
  ];
  return new Map(
    paths.filter((path) => path.endsWith('.md')).map((path) => [path, readFileSync(path, 'utf8')]),
  );
}

/** What a source cites in its comments, as `docs/page.md` or `docs/page.md#heading`. */
export function citationsIn(text: string): string[] {
  return [...text.matchAll(/docs\/[\w/-]+(?:\.md(?:#[\w-]+)?|(?=[).,:;]))/g)]
    .map(([cited]) => cited)
    .filter((cited) => cited.includes('.md') || /^docs\/adr\/\d{4}/.test(cited));
}

/** The TypeScript files that comments of `text` name, with or without their folders. */
export function filesNamedIn(text: string): string[] {
  const comments = [...text.matchAll(/^\s*(?:\/\*\*?|\*|\/\/).*$|(?<=\s)\/\/.*$/gm)].join('\n');
  return [...comments.matchAll(/(?<![\w*./-])\w[\w./-]*\.tsx?\b/g)].map(([name]) => name);
}

/** What a page links to inside the project, resolved against the page's place. */
export function linksIn(path: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      return anchor === undefined ? target : `${target}#${anchor}`;
    });
}

/** True when the page or file exists, and the heading in it if one is named. */
export function resolves(cited: string, pages: ReadonlyMap<string, string>): boolean {
  const [file = '', anchor] = cited.split('#');
  const adr = /^docs\/adr\/\d{4}$/.test(file);
  if (adr) return [...pages.keys()].some((path) => path.startsWith(`${file}-`));
  const page = pages.get(file);
  if (page === undefined) return anchor === undefined && existsSync(file);
  return anchor === undefined || anchorsOf(page).includes(anchor);
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
