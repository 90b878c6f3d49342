import { socketPath } from '../files/socket-path.ts'

/**
 * Where the control socket of a state folder lives: `control.sock` in it, or in `/tmp/agents-<uid>/` (`socketPath`).
 * Makes the folder.
 * @param tmp for tests. @default '/tmp'
 * @throws {UserError} `FOLDER_FOREIGN` when another user has taken the folder
 */
export function controlPath(stateDir: string, tmp = '/tmp'): Promise<string> {
  return socketPath(stateDir, 'control', '', tmp)
}
