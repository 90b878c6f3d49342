import { join } from 'node:path'
import type { TomlFiles, TomlRead } from '../../adapters/files/toml-files.ts'
import { nearest } from '../../config/nearest.ts'
import { editToml } from '../../config/toml-edit.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { type GlobalConfig, globalConfig, globalValue } from '../../town/setup/global-config.ts'
import {
  GLOBAL_KEYS,
  globalGiven,
  globalPlace,
  isGlobalKey,
  isSecretKey,
} from '../../town/setup/global-keys.ts'
import { toJson } from '../text.ts'
import { notWritten } from '../town/not-written.ts'
import type { CliDeps, Invocation } from '../types.ts'

const HIDDEN = '********'

/** `agents config`, `config KEY`, `config KEY VALUE`: tinytown's keys for all towns of a person, `~/.tt/config.toml`. */
export async function configKeys(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  const [key, value] = call.args
  if (key !== undefined && !isGlobalKey(key)) throw unknownKey(key)
  const files = await deps.tomlFiles()
  const path = globalPath(deps)
  const read = files.read(path)
  const config = requireConfig(path, read)
  if (key === undefined) return showAll(path, config, call, deps)
  const unset = call.options.unset === true
  if (value === undefined && !unset) return showOne(key, config, call, deps)
  if (value !== undefined && unset)
    throw usage(`--unset takes ${key} out; it needs no value.`, `Write agents config ${key} --unset.`)
  const text = value === undefined ? undefined : await given(value, deps)
  await write(files, path, read, key, text)
  const said = text === undefined ? `${key} is not set any more` : `${key} = ${shown(key, text, false)}`
  await deps.io.out(
    call.options.json === true ? toJson({ version: 1, path, key, set: text !== undefined }) : `${said}\n`,
  )
  return Exit.done
}

export const globalPath = ({ home }: Pick<CliDeps, 'home'>): string => join(home, '.tt', 'config.toml')

/** @throws {UserError} GLOBAL_CONFIG, exit 2 */
export function requireConfig(path: string, read: TomlRead): GlobalConfig {
  const config =
    read.kind === 'ok' ? globalConfig(read.table) : read.kind === 'absent' ? globalConfig({}) : undefined
  if (config !== undefined) return config
  const why =
    read.kind === 'refused'
      ? read.why
      : read.kind === 'bad'
        ? `is not TOML: ${read.why}`
        : 'has a key of another type'
  throw new UserError({
    code: 'GLOBAL_CONFIG',
    what: `${path} ${why}.`,
    fix: 'Mend it, or move it away; nothing was changed.',
    file: path,
    ...(read.kind === 'bad' ? { line: read.line } : {}),
    exit: Exit.usage,
  })
}

async function showAll(path: string, config: GlobalConfig, call: Invocation, deps: CliDeps) {
  const clis = Object.keys(config.agentClis)
    .sort()
    .map((name) => `agent_clis.${name}`)
  const rows = [...GLOBAL_KEYS, ...clis].flatMap((key) => {
    const value = globalValue(config, key)
    return value === undefined ? [] : [[key, shown(key, value, call.options.show === true)] as const]
  })
  const lines = rows.map(([key, value]) => `${visible(key)} = ${visible(value)}\n`)
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, path, values: Object.fromEntries(rows) })
      : `${lines.join('')}`,
  )
  return Exit.done
}

async function showOne(key: string, config: GlobalConfig, call: Invocation, deps: CliDeps) {
  const value = globalValue(config, key)
  if (value === undefined)
    throw new UserError({
      code: 'CONFIG_UNSET',
      what: `${key} is not set${key === 'conductor_cli' ? '; default_cli counts' : ''}.`,
      fix: `Set it: agents config ${key} VALUE`,
    })
  // Into a file or a program it goes as it is, as with tinytown; onto a screen only when that was asked for.
  const text = shown(key, value, call.options.show === true || !deps.io.tty)
  const plain = deps.io.tty ? visible(text) : text
  await deps.io.out(call.options.json === true ? toJson({ version: 1, key, value: text }) : `${plain}\n`)
  return Exit.done
}

const shown = (key: string, value: string, clear: boolean): string =>
  isSecretKey(key) && !clear ? HIDDEN : value

/** `-` is standard input, so that a password need not stand in the list of processes. */
async function given(value: string, deps: CliDeps): Promise<string> {
  if (value !== '-') return value
  const read = await (await deps.screens()).files.stdin()
  if (read.kind === 'ok') return read.text.replace(/\r?\n$/, '')
  throw usage(
    `Standard input ${read.kind === 'refused' ? read.why : 'is not there'}.`,
    'Write the value itself.',
  )
}

async function write(
  files: TomlFiles,
  path: string,
  read: TomlRead,
  key: string,
  text: string | undefined,
): Promise<void> {
  const value = text === undefined ? undefined : globalGiven(key, text)
  if (value !== undefined && 'fault' in value)
    throw usage(`${key} ${value.fault}.`, `See agents config --help.`)
  const before = read.kind === 'ok' ? read.text : undefined
  const tree = await files.tree(before ?? '')
  if (tree === undefined)
    throw usage(`${path} is TOML that cannot be edited.`, 'Write the key into it by hand.')
  const edit = { ...globalPlace(key), value: value?.value }
  const after = editToml(before ?? '', tree, [edit])
  const done = await files.write(path, before, after, { mode: 0o600 })
  if (done.kind === 'written') return
  throw notWritten('GLOBAL_CONFIG_WRITE', path, done)
}

function unknownKey(key: string): UserError {
  const offer = nearest(key, ['check', 'schema', 'path', ...GLOBAL_KEYS])
  return usage(
    `agents config ${visible(key)} is not understood.`,
    `${offer === undefined ? '' : `Did you mean ${offer}? `}Write agents config check, schema or path, or a key: ${GLOBAL_KEYS.join(', ')}, agent_clis.NAME.`,
  )
}

const usage = (what: string, fix: string): UserError =>
  new UserError({ code: 'CLI_ARGUMENTS', what, fix, exit: Exit.usage })
