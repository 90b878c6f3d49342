import { dirname } from 'node:path'
import { createStateStore } from '../files/state-store.ts'
import { pointerPaths } from './pointer.ts'

/** Written by a watchdog when it starts. */
export async function rememberState(configPath: string, stateDir: string, tmp = '/tmp'): Promise<void> {
  for (const path of await pointerPaths(configPath, tmp))
    await createStateStore(dirname(path)).saveText(path, stateDir)
}
