import koffi from 'koffi'

/** Host memory that plays the device's: pieces from the C library, whose addresses are the device's addresses. */

const c = koffi.load(null)
const malloc = c.func('malloc', 'uint64_t', ['size_t'])
const free = c.func('free', 'void', ['uint64_t'])

/** What was handed out and not given back, by address. */
const pieces = new Map<bigint, number>()

export const held = (): number => [...pieces.values()].reduce((sum, bytes) => sum + bytes, 0)

export function take(bytes: number): bigint {
  const address = BigInt(malloc(bytes))
  // nobody may count on zeros
  new Uint8Array(koffi.view(address, bytes)).fill(0xff)
  pieces.set(address, bytes)
  return address
}

export function giveBack(address: bigint): void {
  if (!pieces.delete(address)) throw new Error(`${address} is not held`)
  free(address)
}

/** `bytes` of memory from an address on, which must lie in one piece. */
export function bytesAt(address: bigint, bytes: number): ArrayBuffer {
  for (const [start, size] of pieces) {
    if (address >= start && address + BigInt(bytes) <= start + BigInt(size)) return koffi.view(address, bytes)
  }
  throw new Error(`${bytes} bytes at ${address} are not held`)
}

export const doublesAt = (address: bigint, count: number): Float64Array =>
  new Float64Array(bytesAt(address, 8 * count))
export const floatsAt = (address: bigint, count: number): Float32Array =>
  new Float32Array(bytesAt(address, 4 * count))
export const integersAt = (address: bigint, count: number): Int32Array =>
  new Int32Array(bytesAt(address, 4 * count))

/** The numbers in host memory that an argument points to. */
export function write(target: ArrayBufferView, value: number | bigint): void {
  if (target instanceof BigUint64Array) target[0] = BigInt(value)
  else if (target instanceof Int32Array) target[0] = Number(value)
  else throw new Error('not an array of whole numbers')
}

export const addressOf = (array: ArrayBufferView): bigint => BigInt(koffi.address(array))

/** Bytes at any address of this process, held or not. */
export const anyBytes = (address: bigint, bytes: number): ArrayBuffer => koffi.view(address, bytes)
