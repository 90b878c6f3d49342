import type { RedisPlace } from '../../adapters/redis/types.ts'

/**
 * The address of a town's Redis as the `tt` of tinytown understands it, with the password, which it cannot get otherwise.
 * @returns undefined for a Sentinel, which it does not know
 */
export function tinytownUrl(place: RedisPlace): string | undefined {
  if (place.kind === 'private') return socketUrl(place.socket)
  if (/^rediss?\+sentinel:/i.test(place.url.trim())) return undefined
  return withPassword(place.url.trim(), place.password)
}

/** As everything that reads a URL understands it: `#`, `?` and `%` stand in folders, too. */
export const socketUrl = (path: string): string =>
  `unix://${path.split('/').map(encodeURIComponent).join('/')}`

/** The password stands where the address has none of its own. */
function withPassword(url: string, password: string | undefined): string {
  if (password === undefined || password === '') return url
  const [, scheme = '', rest = ''] = /^([a-z+]+:\/\/)(.*)$/is.exec(url) ?? []
  if (/unix/i.test(scheme)) {
    if (/[?&](?:pass|password)=/.test(rest)) return url
    return `${url}${rest.includes('?') ? '&' : '?'}pass=${encodeURIComponent(password)}`
  }
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  const at = authority.lastIndexOf('@')
  const account = at === -1 ? '' : authority.slice(0, at)
  if (account.includes(':')) return url
  return `${scheme}${account}:${encodeURIComponent(password)}@${rest.slice(at + 1)}`
}

/** A new tinytown.toml. @param url may hold a password */
export const tinytownText = (name: string, url: string): string =>
  `# The town of the agents in this folder, for the tt of tinytown. Written by \`agents town init\`; it may hold the password of
# Redis: keep it out of version control.
name = ${JSON.stringify(name)}

[redis]
url = ${JSON.stringify(url)}
`
