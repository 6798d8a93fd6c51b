/** The repository is tidy: each breach says where it is and what to write instead. */
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildCodes } from '../errors/build-codes.ts';
import { errorCatalogue } from '../errors/catalogue.ts';
import { registryCodes } from '../errors/registry-codes.ts';
import { serviceCodes } from '../errors/service-codes.ts';
import { codeLines, isCode, isTest, listFiles, readText } from './repository-files.ts';
import {
  bannedNames,
  bannedVariables,
  bannedVerbs,
  bannedWords,
  clockFiles,
  documentedFolders,
  linesMax,
  protocolMarks,
  recordHeadings,
  reservedCodes,
  testLinesMax,
} from './tidy-rules.ts';

const files = listFiles();
const code = files.filter(isCode);
const sources = code.filter((path) => !isTest(path));
const pages = files.filter((path) => path.endsWith('.md'));
/** Text of ours: what is generated or binary is not read for words. */
const texts = files.filter(
  (path) => /\.(ts|mjs|md|ya?ml|json|css|html|sh)$|^\.ci\/|^\.github\//.test(path) && path !== 'package-lock.json',
);

describe('files', () => {
  test(`none is longer than ${linesMax} lines, no test longer than ${testLinesMax}`, () => {
    const breaches = code.flatMap((path) => {
      const lines = readText(path).split('\n').length - 1;
      const most = path.startsWith('test/') ? testLinesMax : linesMax;
      return lines > most ? [`${path} has ${lines} lines: split it by concept, ${most} are the most`] : [];
    });
    expect(breaches).toEqual([]);
  });

  test('each is named after what is in it', () => {
    const breaches = code
      .filter((path) => path.split(/[/.]/).some((part) => bannedNames.includes(part)))
      .map((path) => `${path}: name it after the one concept it exports`);
    expect(breaches).toEqual([]);
  });

  test('each begins with a comment that says what it is', () => {
    const breaches = sources
      .filter((path) => !/^(#!.*\n)?\/\*\*/.test(readText(path)))
      .map((path) => `${path} begins without a doc comment: say in one sentence what it is`);
    expect(breaches).toEqual([]);
  });
});

describe('code', () => {
  test('exports have names', () => {
    expectNone(
      code.filter((path) => !path.endsWith('.config.ts')),
      /^export default\b/,
      'export it by name',
    );
  });

  test('what is left to do has the number of its issue', () => {
    expectNone(
      texts.filter(isOthers),
      /\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)/,
      'write the number of its issue behind it, or do it',
      { comments: true },
    );
  });

  test('functions are named with verbs that tell', () => {
    const verb = new RegExp(`\\bfunction\\*? (${Object.keys(bannedVerbs).join('|')})[A-Z]\\w*`);
    const breaches = matchesIn(sources, verb).map(
      ({ where, match }) => `${where} ${match[0]}: say ${bannedVerbs[match[1] ?? '']}`,
    );
    expect(breaches).toEqual([]);
  });

  test('values are named after what they are', () => {
    const name = new RegExp(`\\b(?:const|let) (?:${bannedVariables.join('|')})\\b`);
    expectNone(sources, name, 'name it after what it is');
  });

  test('the domain draws no lots', () => {
    expectNone(
      sources.filter((path) => /^(core|oci\/spec)\//.test(path)),
      /Math\.random/,
      'take the value as a parameter',
    );
  });

  test('the clock is read by main.ts alone', () => {
    const others = sources.filter((path) => !/\/main\.ts$|^scripts\//.test(path) && !(path in clockFiles));
    expectNone(others, /\bDate\.now\b|new Date\(\)/, 'take now as a parameter');
    const idle = Object.keys(clockFiles).filter((path) => matchesIn([path], /\bDate\.now\b|new Date\(\)/).length === 0);
    expect(idle.map((path) => `${path} reads no clock: take it out of clockFiles`)).toEqual([]);
  });

  test('each exported symbol of the library says what it is', () => {
    const documented = sources.filter((path) => documentedFolders.some((folder) => path.startsWith(folder)));
    expect(documented.length).toBeGreaterThan(0);
    expect(documented.flatMap(listUndocumented)).toEqual([]);
  });

  test('protocol code cites the heading it implements', () => {
    const protocol = sources.filter((path) => {
      const marked = codeLines(readText(path)).some(({ line }) => protocolMarks.test(line));
      return /^(oci\/client|registry)\//.test(path) && marked;
    });
    expect(protocol.length).toBeGreaterThan(0);
    const silent = protocol.filter((path) => !readText(path).includes('Spec: '));
    expect(silent.map((path) => `${path}: end the comment with Spec: distribution-spec v1.1.1, "Heading".`)).toEqual(
      [],
    );
  });

  test('each citation names the specification and the heading, or an RFC', () => {
    const form = /Spec: (?:RFC \d+(?:, section [\d.]+)?|[\w/ ().-]+, "[^"]+")/;
    const breaches = sources.flatMap((path) =>
      [...readText(path).matchAll(/Spec: [^\n]*(?:\n\s*(?:\*|\/\/)[^\n/]*)?/g)]
        .map(([citation]) => citation.replace(/\n\s*(\*|\/\/)\s*/, ' '))
        .filter((citation) => !form.test(citation))
        .map((citation) => `${path} ${citation}: write it as Spec: distribution-spec v1.1.1, "Heading".`),
    );
    expect(breaches).toEqual([]);
  });
});

describe('error codes', () => {
  const raised = new Set(
    sources
      .filter((path) => path !== 'errors/catalogue.ts')
      .flatMap((path) => [...readText(path).matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, name]) => name)),
  );

  test('each code of the catalogue is raised, or reserved', () => {
    const idle = Object.keys(errorCatalogue).filter((name) => !raised.has(name) && !(name in reservedCodes));
    expect(
      idle.map((name) => `${name} is raised nowhere: raise it, remove it, or say in reservedCodes what will`),
    ).toEqual([]);
  });

  test('no reserved code is raised, and each is in the catalogue', () => {
    const stale = Object.keys(reservedCodes).filter((name) => raised.has(name) || !(name in errorCatalogue));
    expect(stale.map((name) => `${name}: take it out of reservedCodes`)).toEqual([]);
  });

  test('the catalogue’s files are in alphabetical order and share no code', () => {
    const files = [buildCodes, registryCodes, serviceCodes].map((codes) => Object.keys(codes));
    for (const codes of files) expect(codes).toEqual(codes.toSorted());
    expect(Object.keys(errorCatalogue)).toHaveLength(files.flat().length);
  });
});

describe('tests', () => {
  const tests = code.filter((path) => path.endsWith('.test.ts') && isOthers(path));

  test('none is skipped, and none runs alone', () => {
    expectNone(
      tests,
      /\b(?:test|it|describe)\.(?:skip|only|todo|skipIf|runIf|fails)\b/,
      'let it run, and fail when it cannot',
    );
  });

  test('titles say what is true, not what should be', () => {
    expectNone(
      tests,
      /\b(?:test|it|describe)(?:\.\w+\(.*\)|\.\w+)*\(\s*['"`][^'"`]*\bshould\b/,
      'say it in the present tense',
    );
  });

  test('no module is mocked', () => {
    expectNone(tests, /\bvi\.(?:mock|doMock|stubGlobal)\(/, 'pass a real implementation in');
  });

  test('what is waited for has the patience of vitest.config.ts', () => {
    expectNone(tests, /\bvi\.wait(?:For|Until)\(/, 'say expect.poll: these give up after a second');
  });

  test('no duration is expected: a busy machine takes longer', () => {
    expectNone(
      tests,
      /\bexpect\((?:performance|Date)\.now\(\) -/,
      'count what is done, or let the test itself be too long',
    );
  });
});

describe('pages', () => {
  test('decision records have numbers without gaps, and their four headings', () => {
    const records = pages.filter((path) => path.startsWith('docs/adr/'));
    const expected = records.map((_, index) => String(index + 1).padStart(4, '0'));
    expect(records.map((path) => posix.basename(path).slice(0, 4))).toEqual(expected);
    const badlyNamed = records.filter((path) => !/^docs\/adr\/\d{4}-[a-z0-9-]+\.md$/.test(path));
    expect(badlyNamed.map((path) => `${path}: name it docs/adr/NNNN-verb-phrase.md`)).toEqual([]);
    for (const path of records) {
      const headings = [...readText(path).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      expect(headings, path).toEqual(recordHeadings);
    }
  });

  test('each relative link leads somewhere', () => {
    const breaches = pages.flatMap((path) =>
      [...withoutFences(readText(path)).matchAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].flatMap(
        ([, target = '', anchor]) => {
          const page =
            target === '' ? path : posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
          if (!files.some((file) => file === page || file.startsWith(`${page}/`)))
            return [`${path} links to ${page}: it is not there`];
          const missing = anchor !== undefined && page.endsWith('.md') && !listAnchors(readText(page)).includes(anchor);
          return missing ? [`${path} links to ${page}#${anchor}: there is no such heading`] : [];
        },
      ),
    );
    expect(breaches).toEqual([]);
  });

  test('each page that is named is there', () => {
    const names = new Set(files.flatMap((path) => [path, posix.basename(path)]));
    const breaches = matchesIn(texts.filter(isOthers), /(?<![\w/.:-])((?:[\w-]+\/)*[\w-]+\.md)\b/, { comments: true })
      .filter(({ match }) => !names.has(match[1] ?? '') && !match[1]?.endsWith('NNNN-verb-phrase.md'))
      .map(({ where, match }) => `${where} names ${match[1]}: it is not there`);
    expect(breaches).toEqual([]);
  });
});

describe('words', () => {
  test.each(bannedWords)('nobody says $pattern', ({ pattern, say }) => {
    // The glossary lists them.
    const others = texts.filter((path) => isOthers(path) && path !== 'docs/glossary.md');
    expectNone(others, pattern, `say ${say}`, { comments: true });
  });
});

/** Whether the file is not one of those that must write what they ban. */
function isOthers(path: string): boolean {
  return !/^test\/(tidy|architecture)/.test(path);
}

function expectNone(
  paths: readonly string[],
  pattern: RegExp,
  instead: string,
  options?: { readonly comments: boolean },
): void {
  expect(paths.length).toBeGreaterThan(0);
  const breaches = matchesIn(paths, pattern, options).map(
    ({ where, match }) => `${where} ${match[0].trim()}: ${instead}`,
  );
  expect(breaches).toEqual([]);
}

/** Lines of code that match; with `comments`, lines of comments as well. */
function matchesIn(paths: readonly string[], pattern: RegExp, { comments } = { comments: false }) {
  return paths.flatMap((path) => {
    const text = readText(path);
    const lines =
      comments || !isCode(path)
        ? text.split('\n').map((line, index) => ({ number: index + 1, line }))
        : codeLines(text);
    return lines.flatMap(({ number, line }) => {
      const match = pattern.exec(line);
      return match === null ? [] : [{ where: `${path}:${number}`, match }];
    });
  });
}

/** Exported symbols without a comment; the file's first comment speaks for the symbol that the file is named after. */
function listUndocumented(path: string): readonly string[] {
  const lines = readText(path).split('\n');
  const own = posix.basename(path, '.ts').replaceAll('-', '');
  return lines.flatMap((line, index) => {
    const [, name] =
      /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|interface|type) (\w+)/.exec(line) ?? [];
    if (name === undefined || lines[index - 1]?.trimEnd().endsWith('*/')) return [];
    const derived = /^export type \w+ = \(?(keyof )?typeof /.test(line); // says what its value says
    return derived || name.toLowerCase() === own
      ? []
      : [`${path}:${index + 1} ${name}: say in one sentence what it is`];
  });
}

/** A heading's anchors as GitHub makes them, and those that are written out. */
function listAnchors(text: string): readonly string[] {
  const headings = [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)];
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}
