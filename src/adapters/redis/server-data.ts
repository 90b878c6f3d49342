import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from '../files/errno.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'

/** What lies in the folder of an append-only file. */
export interface ServerData {
  /** There are parts of it and no list of them: Redis would take that for an empty folder and write over it. */
  withoutManifest: boolean
  /** Valkey writes a head that Redis does not read; Valkey reads both. */
  byValkey: boolean
}

export async function lookAtData(place: PrivatePlace): Promise<ServerData> {
  const folder = filesOf(place).appendOnly
  const names = (await unless(['ENOENT'], () => readdir(folder))) ?? []
  const heads = await Promise.all(
    names.filter((name) => name.endsWith('.base.rdb')).map((name) => head(join(folder, name))),
  )
  return {
    withoutManifest:
      !names.includes('appendonly.aof.manifest') && names.some((name) => /\.(aof|rdb)$/.test(name)),
    byValkey: heads.includes('VALKEY'),
  }
}

/** Its first six bytes; '' when it is gone. */
async function head(path: string): Promise<string> {
  const file = await unless(['ENOENT'], () => open(path, 'r'))
  if (file === undefined) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0)
    return buffer.subarray(0, bytesRead).toString('latin1')
  } finally {
    await file.close()
  }
}
