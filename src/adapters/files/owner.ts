import { readFile } from 'node:fs/promises'
import type { ProcessId } from '../../core/index.ts'
import { createProcs } from '../procs/procs.ts'

/** Who holds a lock: a process for certain, and the boot it lives in. */
export interface Owner extends ProcessId {
  boot: string
}

const procs = createProcs()
let self: Promise<Owner> | undefined

export function ownOwner(): Promise<Owner> {
  self ??= readOwn()
  return self
}

async function readOwn(): Promise<Owner> {
  const id = await procs.identify(process.pid)
  return { pid: process.pid, start: id?.start ?? '', boot: await bootTag() }
}

/** Start times count from the boot: after a reboot the same pid and start may be another process. */
async function bootTag(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return text.slice(0, 8)
}

/** False only when the owner is proven gone: no such process, a zombie, another start time, another boot. */
export async function ownerIsAlive(owner: Owner): Promise<boolean> {
  const own = await ownOwner()
  if (owner.boot !== own.boot) return false
  return procs.alive(owner)
}

export async function processIsAlive(pid: number): Promise<boolean> {
  return (await procs.identify(pid)) !== undefined
}

export function processIsStopped(pid: number): Promise<boolean> {
  return procs.stopped(pid)
}
