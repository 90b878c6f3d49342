import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { connect, until } from './tinytown.ts'

/** A Redis on a unix socket in a folder of its own, without TCP and without a file. */
export async function openServer(): Promise<{ url: string; end(): Promise<void> }> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'i-')))
  const socket = join(dir, 'r.sock')
  const settings = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    dir,
    '--save',
    '',
    '--loglevel',
    'warning',
  ]
  const server = execa('redis-server', settings, { reject: false, stdio: 'ignore' })
  const redis = connect(`unix://${socket}`)
  redis.on('error', () => undefined)
  await until('redis-server answers', () =>
    redis.ping().then(
      () => true,
      () => undefined,
    ),
  )
  redis.disconnect()
  return {
    url: `unix://${socket}`,
    async end() {
      server.kill('SIGKILL')
      await server
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
