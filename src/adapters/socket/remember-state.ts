import { dirname } from 'node:path'
import { createStateStore } from '../files/state-store.ts'
import { pointerPath } from './pointer.ts'

/** Written by a watchdog when it starts. */
export async function rememberState(configPath: string, stateDir: string, tmp = '/tmp'): Promise<void> {
  const path = await pointerPath(configPath, tmp)
  await createStateStore(dirname(path)).saveText(path, stateDir)
}
