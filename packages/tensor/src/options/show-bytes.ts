const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** An amount of memory for messages: 1536 is '1.50 KiB'. */
export function showBytes(bytes: number): string {
  let [amount, step] = [bytes, 0]
  // what rounds to 1024 is 1 of the next unit
  for (; amount >= 1023.5 && step < units.length - 1; step++) amount /= 1024
  const digits = amount >= 999.5 ? amount.toFixed(0) : amount.toPrecision(3)
  return `${step === 0 ? bytes : digits} ${units[step]}`
}
