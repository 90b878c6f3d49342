import { join } from 'node:path'
import { TEMP_NAME } from '../files/atomic-write.ts'
import { findOnPath, isProgram } from '../files/search-path.ts'
import { fileDoor } from './file-door.ts'
import { processDoor } from './process-door.ts'
import type { Host } from './types.ts'

/** @param env whose PATH is searched */
export function createHost(env: NodeJS.ProcessEnv): Host {
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    which: (command) =>
      command.includes('/') ? (isProgram(command) ? command : undefined) : findOnPath(command, env.PATH),
    ...processDoor,
    ...fileDoor,
    strayTemps,
  }
}

async function strayTemps(folder: string): Promise<string[]> {
  const names = await fileDoor.list(folder)
  return names
    .filter((name) => {
      const writer = TEMP_NAME.exec(name)?.[1]
      return writer !== undefined && !processDoor.processAlive(Number(writer))
    })
    .map((name) => join(folder, name))
}
