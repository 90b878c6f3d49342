/**
 * What tmux alone needs: one `tmux new-session -d` process after the other, each until the agent program's first act.
 * On a server of its own, which is gone afterwards.
 */
export async function bareSessions(lab, count) {
  const socket = lab.path('bare')
  const tmux = (...args) => lab.exec('tmux', ['-S', socket, '-f', '/dev/null', ...args])
  await tmux('new-session', '-d', '-s', 'first', 'sleep', '1000000')
  const samples = []
  for (let at = 0; at < count; at += 1) {
    const name = `bare${at}`
    const next = lab.starts.next(name)
    const from = performance.now()
    const env = ['-e', `BENCH_RECORDS=${lab.records}`, '-e', `AGENTS_AGENT=${name}`]
    await tmux('new-session', '-d', '-s', name, ...env, '/bin/sh', '-c', `exec ${lab.path('quiet')}`)
    samples.push((await next).at - from)
  }
  await tmux('kill-server')
  return samples
}
