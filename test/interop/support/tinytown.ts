import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { Redis } from 'ioredis'

/** The release of tinytown that we speak with. */
export const RELEASE = '0.10.0'

/** Where `npm run test:interop` keeps the `tt` that it builds: outside the repository, kept between runs. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'agents-fleet', `tinytown-${RELEASE}`)
}

export const ttProgram = (env?: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'bin', 'tt')

export interface Ran {
  code: number
  /** Without the time and level that `tt` puts before each line. */
  out: string
  err: string
}

/** A town of the real `tt` in a folder of its own, with a home of its own, on the Redis at `url`. */
export interface Tinytown {
  name: string
  folder: string
  home: string
  url: string
  redis: Redis
  key(tail: string): string
  /** One `tt` command; fails when it ends with another code than 0. */
  tt(...args: string[]): Promise<string>
  /** One `tt` command, whatever comes of it. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>
  /** Id of the only agent of this name. */
  agent(name: string): Promise<string>
  until<T>(what: string, look: () => Promise<T | undefined | false>, withinMs?: number): Promise<T>
  end(): Promise<void>
}

const HEAD = /^\d{4}-\d\d-\d\dT[\d:.]+Z +(?:INFO|WARN|ERROR|DEBUG) [\w:]+: ?/gm

/** Where a town of the real `tt` is told to be. */
export interface TinytownPlace {
  /** Holds its tinytown.toml. */
  folder: string
  home: string
  /** In its environment as `REDIS_URL`; without it what tinytown.toml says counts. */
  url?: string
}

/** Runs `tt` as a person in that folder would. */
export function createTt({ folder, home, url }: TinytownPlace): Pick<Tinytown, 'tt' | 'run'> {
  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    const base = { PATH: process.env.PATH ?? '', HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' }
    const done = await execa(ttProgram(), ['--town', folder, ...args], {
      cwd: folder,
      env: { ...base, ...(url === undefined ? {} : { REDIS_URL: url }), ...env },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 60_000,
    })
    return { code: done.exitCode ?? 255, out: done.stdout.replaceAll(HEAD, ''), err: done.stderr }
  }

  async function tt(...args: string[]): Promise<string> {
    const { code, out, err } = await run(args)
    if (code !== 0) throw new Error(`tt ${args.join(' ')} ended with ${code}: ${out}${err}`)
    return out
  }
  return { tt, run }
}

export async function openTinytown(url: string, name = 'shop'): Promise<Tinytown> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'i-')))
  const folder = join(dir, 'town')
  const home = join(dir, 'home')
  for (const path of [folder, home]) mkdirSync(path)
  const redis = connect(url)
  const key = (tail: string) => `tt:${name}:${tail}`
  const { tt, run } = createTt({ folder, home, url })

  async function agent(wanted: string): Promise<string> {
    for (const found of await keysOf(redis, key('agent:*')))
      if ((await redis.hget(found, 'name')) === wanted) return found.slice(key('agent:').length)
    throw new Error(`no agent ${wanted} in ${name}`)
  }

  await tt('init', '--name', name)
  return {
    name,
    folder,
    home,
    url,
    redis,
    key,
    tt,
    run,
    agent,
    until,
    async end() {
      // Its loops read this flag; they end by themselves, whatever they are at.
      await tt('stop').catch(() => undefined)
      const keys = await keysOf(redis, key('*'))
      if (keys.length > 0) await redis.del(...keys)
      redis.disconnect()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const connect = (url: string): Redis =>
  new Redis(url.replace(/^unix:\/\//, ''), {
    maxRetriesPerRequest: 3,
    retryStrategy: (tries) => (tries > 100 ? null : 50),
  })

export async function keysOf(redis: Redis, pattern: string): Promise<string[]> {
  const found: string[] = []
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000)
    found.push(...keys)
    cursor = next
  } while (cursor !== '0')
  return found.sort()
}

export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(50)
  }
}
