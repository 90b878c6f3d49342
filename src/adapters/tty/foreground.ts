import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * Gives this terminal to a program until it ends; its Ctrl-C is not ours.
 * @returns its exit status; 127 when it could not be started, 128 and the signal's number when one ended it
 */
export function foreground(
  argv: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string },
): Promise<number> {
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  process.on('SIGQUIT', ignore)
  const [program = '', ...args] = argv
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' })
    const done = (status: number) => {
      process.off('SIGINT', ignore)
      process.off('SIGQUIT', ignore)
      resolve(status)
    }
    child.once('error', () => done(127))
    child.once('exit', (status, signal) =>
      done(status ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))),
    )
  })
}
