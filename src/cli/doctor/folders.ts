import { dirname, join } from 'node:path'
import { type Check, mendable, ok, type Patient, problem, warning } from './check.ts'

const GIB = 1024 ** 3
/** Session logs rotate; much more than this means that rotation does not work or many agents are gone. */
const LARGE_LOGS = 2 * GIB

/** Permissions of what holds prompts and screens, the disk below it, and what the logs take of it. */
export async function folderChecks(patient: Patient): Promise<Check[]> {
  const { fleet, host } = patient
  if (fleet === undefined) return []
  const log = await host.look(fleet.logDir)
  if (log === undefined)
    return [ok('folder.log', `${fleet.logDir} is not there yet; the first start makes it`)]
  const townDir = join(fleet.stateDir, 'town')
  return [
    ...(await folderMode(patient, fleet.logDir, 'permissions.log')),
    ...(await folderMode(patient, fleet.stateDir, 'permissions.state')),
    ...(await folderMode(patient, townDir, 'permissions.town')),
    ...(await fileModes(
      patient,
      [fleet.logDir, fleet.stateDir, townDir, join(townDir, 'appendonlydir')],
      [join(dirname(fleet.configPath), 'tinytown.toml')],
    )),
    await diskCheck(patient, fleet.logDir),
    await logSizes(patient, fleet.logDir),
  ]
}

async function folderMode(patient: Patient, path: string, id: string): Promise<Check[]> {
  const seen = await patient.host.look(path)
  if (seen === undefined || seen.kind === 'link') return []
  if (seen.kind !== 'folder') return [problem(id, `${path} is no folder.`, 'Move it away.')]
  if (seen.uid !== patient.host.uid)
    return [problem(id, `${path} belongs to user ${seen.uid}.`, `chown -R ${patient.host.uid} ${path}`)]
  if (seen.mode === 0o700) return [ok(id, `${path} is private`)]
  const what = `${path} can be read by others (mode ${seen.mode.toString(8)}, wanted 700).`
  return [
    await mendable(patient, { id, what, mended: `${path} is private now` }, () =>
      patient.host.chmod(path, 0o700),
    ),
  ]
}

/** @param alone files that may hold a password, besides those of the folders */
async function fileModes(
  patient: Patient,
  folders: readonly string[],
  alone: readonly string[],
): Promise<Check[]> {
  const { host } = patient
  const inFolders = await Promise.all(
    folders.map(async (folder) => (await host.list(folder)).map((name) => join(folder, name))),
  )
  const wide: string[] = []
  for (const path of [...inFolders.flat(), ...alone]) {
    const seen = await host.look(path)
    const ours = (seen?.kind === 'file' || seen?.kind === 'socket') && seen.uid === host.uid
    if (ours && (seen.mode & 0o077) !== 0) wide.push(path)
  }
  const id = 'permissions.files'
  if (wide.length === 0) return [ok(id, 'logs and state are readable by you alone')]
  const few = wide.slice(0, 3).join(', ')
  const what = `${wide.length} files can be read by others: ${few}${wide.length > 3 ? ', …' : ''}.`
  const mend = async () =>
    (await Promise.all(wide.map((path) => host.chmod(path, 0o600)))).every((done) => done)
  return [await mendable(patient, { id, what, mended: `${wide.length} files are private now` }, mend)]
}

async function diskCheck({ host }: Patient, path: string): Promise<Check> {
  const disk = await host.disk(path)
  if (disk === undefined || disk.totalBytes === 0)
    return warning('disk', `The disk of ${path} cannot be asked.`)
  const used = 1 - disk.freeBytes / disk.totalBytes
  const what = `${size(disk.freeBytes)} free, ${Math.round(used * 100)} % used`
  return used >= 0.85 || disk.freeBytes < GIB
    ? warning(
        'disk',
        `The disk of ${path} is filling up: ${what}.`,
        'Make room before state and logs cannot be written.',
      )
    : ok('disk', what)
}

async function logSizes({ host }: Patient, folder: string): Promise<Check> {
  const sizes = await Promise.all(
    (await host.list(folder)).map(async (name) => ({
      name,
      size: (await host.look(join(folder, name)))?.size ?? 0,
    })),
  )
  const total = sizes.reduce((sum, each) => sum + each.size, 0)
  const largest = sizes.sort((a, b) => b.size - a.size)[0]
  const what = `logs take ${size(total)}${largest === undefined ? '' : `, most of it ${largest.name} (${size(largest.size)})`}`
  return total > LARGE_LOGS
    ? warning(
        'logs.size',
        `${what}.`,
        'Lower [watchdog] log_max_size or log_keep, or delete logs of agents that are gone.',
      )
    : ok('logs.size', what)
}

function size(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`
  return bytes >= 1024 ** 2 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`
}
