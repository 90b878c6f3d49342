import { join } from 'node:path'
import { type Check, mendable, ok, type Patient, problem } from './check.ts'

/** What crashed or removed things left behind, and whether the history is whole. */
export async function leftoverChecks(patient: Patient): Promise<Check[]> {
  const { fleet, host } = patient
  if (fleet === undefined || (await host.look(fleet.stateDir)) === undefined) return []
  return [
    ...(await deadWatchdog(patient, fleet.stateDir)),
    ...(await silentSocket(patient)),
    ...(await strays(patient, [fleet.logDir, fleet.stateDir])),
    ...(await strangeLimits(patient, fleet.stateDir)),
    await history(patient),
  ]
}

async function deadWatchdog(patient: Patient, stateDir: string): Promise<Check[]> {
  const path = join(stateDir, 'watchdog.pid')
  const text = await patient.host.readText(path)
  const pid = /"pid":\s*(\d+)/.exec(text ?? '')?.[1]
  if (pid === undefined) return []
  if (patient.host.processAlive(Number(pid))) return [ok('stale.watchdog', `the watchdog runs as pid ${pid}`)]
  const what = `${path} names a watchdog that is gone (pid ${pid}); a new one takes over by itself.`
  const mended = `removed ${path}`
  return [await mendable(patient, { id: 'stale.watchdog', what, mended }, () => patient.host.remove(path))]
}

async function silentSocket(patient: Patient): Promise<Check[]> {
  const path = await patient.deps.controlSocket(patient.fleet!)
  if ((await patient.host.look(path)) === undefined) return []
  if ((await patient.host.knock(path)) === 'answers')
    return [ok('socket.control', `the watchdog answers at ${path}`)]
  const what = `Nobody answers at ${path}; a new watchdog takes it over by itself.`
  const act = () => patient.host.remove(path)
  return [await mendable(patient, { id: 'socket.control', what, mended: `removed ${path}` }, act)]
}

async function strays(patient: Patient, folders: readonly string[]): Promise<Check[]> {
  const found = (await Promise.all(folders.map((folder) => patient.host.strayTemps(folder)))).flat()
  if (found.length === 0) return [ok('stale.temp', 'no temporary files of dead processes')]
  const what = `${found.length} temporary files of processes that are gone: ${found.slice(0, 3).join(', ')}.`
  const remove = async () =>
    (await Promise.all(found.map((path) => patient.host.remove(path)))).every((done) => done)
  return [
    await mendable(
      patient,
      { id: 'stale.temp', what, mended: `removed ${found.length} temporary files` },
      remove,
    ),
  ]
}

async function strangeLimits(patient: Patient, stateDir: string): Promise<Check[]> {
  const sessions = new Set(patient.fleet?.agents.map((agent) => agent.session))
  const names = (await patient.host.list(stateDir)).filter((name) => {
    const session = /^limited-(.+)\.json$/.exec(name)?.[1]
    return session !== undefined && !sessions.has(session)
  })
  if (names.length === 0) return []
  const what = `Limit records of sessions that are in no config: ${names.join(', ')}.`
  const remove = async () =>
    (await Promise.all(names.map((name) => patient.host.remove(join(stateDir, name))))).every((done) => done)
  return [
    await mendable(patient, { id: 'stale.limits', what, mended: `removed ${names.join(', ')}` }, remove),
  ]
}

async function history({ deps, fleet }: Patient): Promise<Check> {
  const verdict = await (await deps.events(fleet!)).verify()
  if (verdict.kind === 'ok') return ok('events.chain', `${verdict.events} events, none changed or missing`)
  return problem(
    'events.chain',
    `The event log is not whole at event ${verdict.seq}: ${verdict.why}.`,
    'Nothing depends on it; move events*.jsonl away to begin a new one.',
  )
}
