// Checks docs/reliability.md: every test that it names exists, every row is there once. Prints what is not shown yet.
// Checks docs/security.md, too: every control names tests that exist; and docs/tinytown-fixes.md: every race and weakness has a
// row, every test file in it exists.
//   node scripts/check-reliability.mjs
// The last cell of a row is `none yet`, or entries separated by `<br>`, each: `path/of/file.test.ts`: title of a test.
// `in part: ` before them says that not all of the row is shown.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const inPart = 'in part: '
const root = fileURLToPath(new URL('..', import.meta.url))
const page = process.argv[2] ?? join(root, 'docs/reliability.md')
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const expected = [...range(1, 120).map(String), ...[...range(1, 28), ...range(35, 40)].map((n) => `INV-${n}`)]

const rows = readFileSync(page, 'utf8')
  .split('\n')
  .map((line) => /^\| (\d+|INV-\d+) \|.*\| (.+) \|$/.exec(line))
  .flatMap((found) => (found ? [{ row: found[1], shownBy: found[2] }] : []))

/** Stands as a whole string literal in the source, in whatever quotes: a comment that mentions it is no test. */
function names(source, title) {
  return ["'", '"', '`'].some((quote) =>
    source.includes(quote + title.replaceAll(quote, `\\${quote}`) + quote),
  )
}

function problemOf(entry) {
  const [, path, title] = /^`([^`]+)`: (.+)$/.exec(entry) ?? []
  if (path === undefined || title === undefined) return `not understood: ${entry}`
  if (!existsSync(join(root, path))) return `no such file: ${path}`
  return names(readFileSync(join(root, path), 'utf8'), title.replaceAll('\\|', '|'))
    ? undefined
    : `${path} has no test "${title}"`
}

const problems = expected
  .filter((row) => rows.filter((one) => one.row === row).length !== 1)
  .map((row) => `row ${row} is not there exactly once`)
for (const { row, shownBy } of rows) {
  if (!expected.includes(row)) problems.push(`row ${row} is unknown`)
  if (shownBy === 'none yet') continue
  for (const entry of shownBy.replace(inPart, '').split('<br>')) {
    const problem = problemOf(entry.trim())
    if (problem !== undefined) problems.push(`row ${row}: ${problem}`)
  }
}

const controls = readFileSync(join(root, 'docs/security.md'), 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (?!-|what could)(.+?) \| .+ \| (.+) \|$/.exec(line)?.slice(1, 3) ?? [])
for (let at = 0; at < controls.length; at += 2) {
  for (const entry of controls[at + 1].split('<br>')) {
    const problem = problemOf(entry.trim())
    if (problem !== undefined) problems.push(`security, ${controls[at]}: ${problem}`)
  }
}

// docs/tinytown-fixes.md: every race and weakness has a row, every test file that it names is there.
const fixes = readFileSync(join(root, 'docs/tinytown-fixes.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [RW]\d/.test(line))
const named = new Set(fixes.flatMap((line) => (line.split('|')[1] ?? '').match(/[RW]\d+/g) ?? []))
for (const id of [...range(1, 27).map((n) => `R${n}`), ...range(1, 30).map((n) => `W${n}`)])
  if (!named.has(id)) problems.push(`tinytown-fixes.md says nothing of ${id}`)
const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true }).map(
    (path) => `/${folder}/${path.replaceAll('\\', '/')}`,
  ),
)
for (const line of fixes)
  for (const [, name] of line.matchAll(/`([\w./-]+\.(?:test|interop)\.ts)`/g))
    if (!files.some((path) => path.endsWith(`/${name}`)))
      problems.push(`tinytown-fixes.md: no such test: ${name}`)

const open = rows.filter((one) => one.shownBy === 'none yet').map((one) => one.row)
const part = rows.filter((one) => one.shownBy.startsWith(inPart)).map((one) => one.row)
console.log(`${rows.length} rows, ${rows.length - open.length - part.length} shown`)
console.log(
  `${controls.length / 2} controls of docs/security.md, ${fixes.length} rows of docs/tinytown-fixes.md`,
)
console.log(`${part.length} in part: ${part.join(' ')}\n${open.length} none yet: ${open.join(' ')}`)
for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
