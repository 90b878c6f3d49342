const number = (value) =>
  value >= 1000 ? Math.round(value).toString() : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** One figure, for people: quantiles, target, and the baseline it is compared with. */
export function rowText({ what, unit, n, p50, p99, max, baseline, ratio, target, reached }) {
  const figures =
    n === 1
      ? `${number(max)} ${unit}`
      : `p50 ${number(p50)}  p99 ${number(p99)}  max ${number(max)} ${unit}  (n ${n})`
  const goal = target === undefined ? '' : `   ${reached ? 'ok' : 'MISSED'}: ${target.of} < ${target.below}`
  const beside =
    baseline === undefined
      ? ''
      : `\n      ${ratio.toFixed(2)}x of ${baseline.what}: p50 ${number(baseline.p50)}  p99 ${number(baseline.p99)} (n ${baseline.n})`
  return `  ${what}: ${figures}${goal}${beside}`
}
