/**
 * Plain JavaScript as text, because a bundle is one file and has no second one to start a thread from. Tells of each
 * pattern when it is begun and how long its slowest line took.
 */
export const TRIAL_WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
for (const { source, lines } of workerData) {
  parentPort.postMessage({ source })
  let mostMs = 0
  try {
    const regex = new RegExp(source, 'i')
    for (const line of lines) {
      const from = performance.now()
      regex.exec(line)
      mostMs = Math.max(mostMs, performance.now() - from)
    }
  } catch {
    mostMs = Infinity
  }
  parentPort.postMessage({ source, mostMs })
}
`
