import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'

/** TLS in front of something plain, with a certificate for localhost and 127.0.0.1 that an authority of its own signed. */
export interface TlsFront {
  port: number
  /** Certificate of the authority. */
  caPath: string
  close(): void
}

/** Makes the keys in `dir`. */
export function tlsKeys(dir: string): { caPath: string; key: Buffer; cert: Buffer } {
  const at = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: dir })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-days',
    '2',
    '-subj',
    '/CN=An Authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  openssl('req', ...fresh, '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'csr.pem')
  openssl(
    ...['x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'names', '-out', 'cert.pem'],
  )
  return { caPath: at('ca.pem'), key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }
}

export async function tlsFront(keys: ReturnType<typeof tlsKeys>, behind: NetConnectOpts): Promise<TlsFront> {
  const open = new Set<Socket>()
  const server = createServer({ key: keys.key, cert: keys.cert }, (client) => {
    const plain = connect(behind)
    for (const socket of [client, plain]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => open.delete(socket))
    }
    client.pipe(plain).pipe(client)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    caPath: keys.caPath,
    close: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
