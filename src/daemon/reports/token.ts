import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import type { Fleet } from '../../core/index.ts'
import type { World } from '../world.ts'

/**
 * Who an agent is. Each session gets a token in its environment, made from the session's name and a key that lies in
 * the state folder (0600). So nothing has to be stored for a session, a token cannot be guessed, it is another one after
 * every start, and it stays good over a restart of the watchdog.
 */
export interface Bearer {
  agent: string
  /** First part of the run's tag: one start of the agent. */
  nonce: string
}

/** Environment variables of every agent's session, by which `agents report` finds its way without a config. */
export const sessionVariables = {
  /** `<agent>.<nonce>.<mark>`; a secret. */
  token: 'AGENTS_TOKEN',
  /** `<agent>.<nonce>`; programs that hide variables named TOKEN from their commands leave this one. */
  self: 'AGENTS_SELF',
  /**
   * Path of a file (0600) with a token of its own for the agent's session of now: for programs that hide variables named
   * TOKEN from their commands, and so that the token of a session that ended proves nothing any more.
   */
  identity: 'AGENTS_IDENTITY',
  /** Where the watchdog answers. */
  socket: 'AGENTS_SOCKET',
  /** The state folder. */
  state: 'AGENTS_STATE',
} as const

/** Environment variables by which programs written for tinytown know who they are; no proof of anything. */
export const townVariables = { id: 'TINYTOWN_AGENT_ID', name: 'TINYTOWN_AGENT_NAME' } as const

export const tokenKeyName = 'report.key'
/** Folder of the state folder where reports wait that were given while nobody listened. */
export const spoolFolder = 'reports'
const KEY = /^[0-9a-f]{64}$/
const PARTS = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9-]{1,100})(?:\.([A-Za-z0-9_-]{43}))?$/

export function tokenOf(key: string, { agent, nonce }: Bearer): string {
  return `${agent}.${nonce}.${markOf(key, agent, nonce)}`
}

/** @returns undefined for what this key has not made */
export function bearerOf(key: string, token: string): Bearer | undefined {
  const [, agent, nonce, mark] = PARTS.exec(token) ?? []
  if (agent === undefined || nonce === undefined || mark === undefined) return undefined
  const right = Buffer.from(markOf(key, agent, nonce))
  const given = Buffer.from(mark)
  return given.length === right.length && timingSafeEqual(given, right) ? { agent, nonce } : undefined
}

/** The bearer that a session names without its mark; undefined for what is no such name. */
export function bearerNamed(self: string): Bearer | undefined {
  const [, agent, nonce, mark] = PARTS.exec(self) ?? []
  return agent === undefined || nonce === undefined || mark !== undefined ? undefined : { agent, nonce }
}

const markOf = (key: string, agent: string, nonce: string): string =>
  createHmac('sha256', key).update(`${agent}\0${nonce}`).digest('base64url')

export const isTokenKey = (text: string): boolean => KEY.test(text)

/** The fleet's key, made when it is first needed; a damaged one is replaced, and older tokens are void then. */
export async function tokenKey(world: Pick<World, 'fleet' | 'store' | 'locks'>): Promise<string> {
  const path = join(world.fleet().stateDir, tokenKeyName)
  const known = await readKey(world, path)
  if (known !== undefined) return known
  return world.locks.exclusive(`${path}.lock`, async () => {
    const made = await readKey(world, path)
    if (made !== undefined) return made
    const key = randomBytes(32).toString('hex')
    await world.store.saveText(path, `${key}\n`)
    return key
  })
}

async function readKey({ store }: Pick<World, 'store'>, path: string): Promise<string | undefined> {
  const read = await store.loadText(path)
  const text = read.kind === 'ok' ? read.text.trim() : ''
  return isTokenKey(text) ? text : undefined
}

export const identityPath = (fleet: Pick<Fleet, 'stateDir'>, agent: string): string =>
  join(fleet.stateDir, 'identity', agent)

/** In the file of an agent, behind the nonce of its session: the session's own token is in no file. */
const inFile = '-file'

/** What the token file of an agent says while this session lives. */
export const identityOf = (key: string, { agent, nonce }: Bearer): string =>
  tokenOf(key, { agent, nonce: `${nonce}${inFile}` })

/** The session that a token file tells of; undefined for what this key has not made. */
export function sessionIn(key: string, text: string): Bearer | undefined {
  const found = bearerOf(key, text)
  return found?.nonce.endsWith(inFile) === true
    ? { agent: found.agent, nonce: found.nonce.slice(0, -inFile.length) }
    : undefined
}

/**
 * The session of this run (its tag's) is the one whose token is good. A disk that takes nothing is no reason not to start:
 * the watchdog writes it later.
 */
export async function keepIdentity(
  world: Pick<World, 'fleet' | 'store' | 'locks' | 'report'>,
  agent: string,
  run: string,
): Promise<void> {
  const path = identityPath(world.fleet(), agent)
  const write = async (): Promise<void> => {
    const text = `${identityOf(await tokenKey(world), { agent, nonce: run.split('.')[0]! })}\n`
    const old = await world.store.loadText(path)
    if (old.kind !== 'ok' || old.text !== text) await world.store.saveText(path, text)
  }
  await write().then(undefined, (error: unknown) => {
    world.report({ kind: 'trouble', agent, because: `its token file is not written: ${String(error)}` })
  })
}

/** Its session has ended: nobody is this agent until the next one begins. */
export async function dropIdentity(
  world: Pick<World, 'fleet' | 'files' | 'report'>,
  agent: string,
): Promise<void> {
  await world.files.remove(identityPath(world.fleet(), agent)).then(undefined, (error: unknown) => {
    world.report({ kind: 'trouble', agent, because: `its token file is not removed: ${String(error)}` })
  })
}

/** What a session's processes get in their environment besides the agent's own variables. */
export function sessionEnvironment(
  fleet: Fleet,
  key: string,
  bearer: Bearer,
  socket: string,
): Record<string, string> {
  return {
    [sessionVariables.identity]: identityPath(fleet, bearer.agent),
    [townVariables.name]: bearer.agent,
    [sessionVariables.token]: tokenOf(key, bearer),
    [sessionVariables.self]: `${bearer.agent}.${bearer.nonce}`,
    [sessionVariables.socket]: socket,
    [sessionVariables.state]: fleet.stateDir,
  }
}
