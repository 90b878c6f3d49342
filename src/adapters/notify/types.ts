/** What came of handing a message to somebody. `why` and `detail` hold no secret. */
export type Delivery = { ok: true; detail: string } | { ok: false; why: string }
