const PLAIN_HOSTS =
  /^(\[[0-9a-fA-F:.]+\]|[^:/?#@\s]*)(:\d+)?(,(\[[0-9a-fA-F:.]+\]|[^:/?#@,\s]*)(:\d+)?)*(?=[/?#]|$)/

/**
 * A Redis URL as it may be shown: `redis://***@host:6379/0`. Hides too much rather than too little: a URL that was
 * mistyped, or whose password was not percent-encoded, shows nothing of what may be the password.
 */
export function redactUrl(url: string): string {
  const scheme = /^\s*[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(url)?.[0] ?? ''
  const rest = url.slice(scheme.length)
  const at = rest.lastIndexOf('@')
  const hidden = at === -1 ? '' : '***@'
  const after = rest.slice(at + 1)
  // Without an account, `user:secret` stands where a port should.
  if (!PLAIN_HOSTS.test(after)) return `${scheme.trimStart()}${hidden}***`
  return `${scheme.trimStart()}${hidden}${withoutSecretQuery(after)}`
}

/** Everything from the first parameter on that is not known to be harmless: its value may hold `&` or `#`. */
function withoutSecretQuery(text: string): string {
  const mark = text.indexOf('?')
  if (mark === -1) return text
  const kept: string[] = []
  for (const part of text.slice(mark + 1).split('&')) {
    if (!/^db=\d*(#insecure)?$/i.test(part))
      return `${text.slice(0, mark)}?${[...kept, `${nameOf(part)}=***`].join('&')}`
    kept.push(part)
  }
  return `${text.slice(0, mark)}?${kept.join('&')}`
}

function nameOf(part: string): string {
  return /^(user|username|pass|password|sentinel_user|sentinel_password)(?==)/i.exec(part)?.[0] ?? '***'
}
