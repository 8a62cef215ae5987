// Two of the forms in which SSH writes data (RFC 4251, section 5).

/** A string: its length in bytes, then the bytes. */
export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([uint32(bytes.length), bytes])
}

/** A number of four bytes, the highest first. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
