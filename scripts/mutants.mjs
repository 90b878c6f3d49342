// Removes one protection at a time from a copy of the repo and runs the tests that must notice.
// Exit 1 when a mutant survives or does not apply; 2: usage.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionsOf, refuse } from './options.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const usage = `npm run mutants -- [LIST.json] [--only TEXT]
  LIST.json    (default: test/mutants.json)
  --only TEXT  those whose file or reason holds TEXT`
const {
  values: { only },
  positionals,
} = optionsOf(usage, { options: { only: { type: 'string' } }, allowPositionals: true })
const list = positionals[0] ?? join(root, 'test/mutants.json')
if (positionals.length > 1 || !existsSync(list)) refuse(usage, `no such list: ${positionals.join(' ')}`)
const mutants = JSON.parse(readFileSync(list, 'utf8')).filter(
  (one) => only === undefined || `${one.file} ${one.why}`.includes(only),
)
if (mutants.length === 0) refuse(usage, `no mutant of ${list} is meant by "${only}"`)

const copy = mkdtempSync(join(tmpdir(), 'mutants-'))
const bad = []
try {
  for (const part of [
    'src',
    'test',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
    'prompts',
    'docs',
  ]) {
    if (existsSync(join(root, part))) cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  checkBaseline()
  for (const [i, mutant] of mutants.entries()) judge(mutant, `${i + 1}/${mutants.length}`)
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`${mutants.length - bad.length} of ${mutants.length} mutants killed`)
if (bad.length > 0) {
  for (const line of bad) console.error(line)
  process.exitCode = 1
}

/** Without a mutation every file must pass: else a kill would prove nothing. */
function checkBaseline() {
  const files = [...new Set(mutants.map((one) => one.test.file))]
  for (const file of files) {
    const names = mutants.filter((one) => one.test.file === file).map((one) => one.test.name)
    const name = names.includes(undefined) ? undefined : [...new Set(names)].map((n) => `(${n})`).join('|')
    const { verdict, output } = run({ file, name })
    if (verdict !== 'passed') throw new Error(`${file} fails without any mutation:\n${output}`)
  }
}

function judge(mutant, place) {
  const path = join(copy, mutant.file)
  const text = readFileSync(path, 'utf8')
  const found = text.split(mutant.find).length - 1
  if (found !== 1) {
    report(place, 'DOES NOT APPLY', mutant, `found ${found} times`)
    return
  }
  writeFileSync(
    path,
    text.replace(mutant.find, () => mutant.replace),
  )
  const { verdict, output } = run(mutant.test)
  writeFileSync(path, text)
  if (verdict === 'failed') console.log(`${place} killed: ${mutant.why}`)
  else if (verdict === 'passed') report(place, 'SURVIVED', mutant, JSON.stringify(mutant.test))
  else report(place, 'RAN NO TEST', mutant, `${JSON.stringify(mutant.test)}\n${output}`)
}

function report(place, verdict, mutant, detail) {
  const line = `${place} ${verdict}: ${mutant.why} (${mutant.file}; ${detail})`
  console.log(line)
  bad.push(line)
}

function run({ file, name }) {
  const args = [join(copy, 'node_modules/vitest/vitest.mjs'), 'run', file, '--root', copy, '--bail', '1']
  if (name !== undefined) args.push('-t', name)
  const done = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: 120_000 })
  const output = stripColour(`${done.stdout}${done.stderr}`)
  // A name that matches nothing, or a file that does not load, is neither a pass nor a kill. One that hangs is a kill.
  const count = (what) => Number(new RegExp(`Tests\\s.*?(\\d+) ${what}`).exec(output)?.[1] ?? 0)
  const hung = done.error?.code === 'ETIMEDOUT'
  if (hung || (done.status !== 0 && count('failed') > 0)) return { verdict: 'failed', output }
  return { verdict: done.status === 0 && count('passed') > 0 ? 'passed' : 'nothing', output }
}

function stripColour(text) {
  const escapeCode = String.fromCharCode(27)
  return text.replaceAll(new RegExp(`${escapeCode}\\[[0-9;]*m`, 'g'), '')
}
