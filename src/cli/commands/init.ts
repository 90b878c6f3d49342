import { basename, dirname, join, resolve } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'
import { mendedTownName, townNameFault } from '../../config/names.ts'
import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { sessionPrefix, tmuxSocketName } from '../init/prefix.ts'
import { STARTER_BACKENDS, type StarterTown, starterConfig } from '../init/starter.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command } from '../types.ts'

const PROMPTS = ['builder.md', 'adversary.md', 'kickoff.md']
const IGNORED = '/.agents/'
const TINYTOWN = 'tinytown.toml'

export const command: Command = async (call, deps) => {
  const host = await deps.host()
  const folder = resolve(deps.cwd, call.args[0] ?? folderOf(call.config))
  const town = await townFor(folder, call.options.name, host)
  const config = join(folder, 'agents.toml')
  await write(host, config, starter(folder, host, town))
  const files: Left[] = [
    { path: config, result: 'written' },
    await keep(host, join(folder, 'agents.schema.json'), toJson(await deps.jsonSchema())),
    ...(await copyPrompts(folder, host, deps)),
    ...(await ignoreLogs(folder, host)),
  ]
  if (call.options.json === true) {
    await deps.io.out(toJson({ version: 1, config, town, files }))
    return Exit.done
  }
  const go = folder === resolve(deps.cwd) ? '' : `cd ${visible(call.args[0] ?? folder)} && `
  const said = files.map((file) => visible(SAID[file.result](file)))
  await deps.io.out(`${said.join('\n')}\n\nNext: ${go}agents config check && agents up && agents status\n`)
  return Exit.done
}

/** What became of one file. */
interface Left {
  path: string
  result: 'written' | 'kept' | 'added' | 'failed'
  /** Why it failed, or the line that was added. */
  detail?: string
}

const SAID: Record<Left['result'], (file: Left) => string> = {
  written: ({ path }) => `wrote ${path}`,
  kept: ({ path }) => `kept ${path}`,
  added: ({ path, detail }) => `added ${detail} to ${basename(path)}`,
  failed: ({ path, detail }) => `could not write ${path} (${detail})`,
}

/** `agents --town DIR init` means DIR, too. */
const folderOf = (config: string | undefined): string => (config === undefined ? '.' : dirname(config))

/** @throws {UserError} TOWN_NAME, exit 2 */
async function townFor(folder: string, wanted: unknown, host: Host): Promise<StarterTown> {
  const there = (await host.look(join(folder, TINYTOWN)))?.kind === 'file'
  const name = typeof wanted === 'string' ? wanted : there ? undefined : mendedTownName(basename(folder))
  const fault = name === undefined ? undefined : townNameFault(name)
  if (name === undefined || fault === undefined) return { name, file: there ? TINYTOWN : undefined }
  throw new UserError({
    code: 'TOWN_NAME',
    what: `The town's name "${name}" ${fault}.`,
    fix: `Write --name ${mendedTownName(name)}.`,
    exit: Exit.usage,
  })
}

function starter(folder: string, host: Host, town: StarterTown): string {
  const backend = STARTER_BACKENDS.find((name) => host.which(name) !== undefined) ?? STARTER_BACKENDS[0]
  return starterConfig({ prefix: sessionPrefix(folder), socket: tmuxSocketName(folder), backend, town })
}

/** @throws {UserError} INIT_EXISTS when the file is there, INIT_WRITE when it cannot be written; exit 1 */
async function write(host: Host, path: string, text: string): Promise<void> {
  const written = await host.writeNew(path, text)
  if (written.kind === 'written') return
  throw written.kind === 'exists'
    ? new UserError({
        code: 'INIT_EXISTS',
        what: `${path} is there already and was not overwritten.`,
        fix: 'Use it (agents config check), or move it away and call agents init again.',
      })
    : new UserError({
        code: 'INIT_WRITE',
        what: `${path} cannot be written (${written.why}).`,
        fix: 'Choose another folder: agents init DIR.',
      })
}

/** Writes what goes along with the config; what is there already stays. */
async function keep(host: Host, path: string, text: string): Promise<Left> {
  const written = await host.writeNew(path, text)
  if (written.kind === 'failed') return { path, result: 'failed', detail: written.why }
  return { path, result: written.kind === 'written' ? 'written' : 'kept' }
}

async function copyPrompts(folder: string, host: Host, deps: CliDeps): Promise<Left[]> {
  const said: Left[] = []
  for (const name of PROMPTS) {
    const text = await host.readText(join(deps.packageDir, 'prompts', name))
    if (text === undefined) continue
    said.push(await keep(host, join(folder, 'prompts', name), text))
  }
  return said
}

/** Logs and state are no part of a repository. Only where there is one, or a .gitignore, already. */
async function ignoreLogs(folder: string, host: Host): Promise<Left[]> {
  const path = join(folder, '.gitignore')
  const ignored = await host.readText(path)
  if (ignored === undefined && (await host.look(join(folder, '.git'))) === undefined) return []
  if (ignored?.split(/\r?\n/).some((line) => /^\/?\.agents\/?$/.test(line.trim()))) return []
  const gap = ignored === undefined || ignored === '' || ignored.endsWith('\n') ? '' : '\n'
  const done = await host.append(path, `${gap}${IGNORED}\n`)
  return done ? [{ path, result: 'added', detail: IGNORED }] : []
}
