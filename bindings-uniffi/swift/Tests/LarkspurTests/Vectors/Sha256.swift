import Foundation

/// The digest that the sandbox shows of the parts of a form, in hexadecimal. Foundation has none on all platforms.
func sha256(_ data: Data) -> String {
  var state: [UInt32] = primes(8).map { fraction(Double($0).squareRoot()) }
  let constants = primes(64).map { fraction(cbrt(Double($0))) }
  var bytes = [UInt8](data) + [0x80]
  bytes += [UInt8](repeating: 0, count: (120 - bytes.count % 64) % 64)
  bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: data.count * 8 >> ($0 * 8)) }
  for start in stride(from: 0, to: bytes.count, by: 64) { compress(bytes[start..<start + 64], &state, constants) }
  return state.map { String(String(UInt64($0) + 0x1_0000_0000, radix: 16).dropFirst()) }.joined()
}

private func compress(_ block: ArraySlice<UInt8>, _ state: inout [UInt32], _ constants: [UInt32]) {
  let first = block.startIndex
  var words = (0..<16).map { word in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[first + word * 4 + $1]) } }
  for i in 16..<64 {
    let s0 = turn(words[i - 15], 7) ^ turn(words[i - 15], 18) ^ words[i - 15] >> 3
    let s1 = turn(words[i - 2], 17) ^ turn(words[i - 2], 19) ^ words[i - 2] >> 10
    words.append(words[i - 16] &+ s0 &+ words[i - 7] &+ s1)
  }
  var v = state
  for i in 0..<64 {
    let s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
    let t1 = v[7] &+ s1 &+ (v[4] & v[5] ^ ~v[4] & v[6]) &+ constants[i] &+ words[i]
    let s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
    let t2 = s0 &+ (v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2])
    v = [t1 &+ t2, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
  }
  state = zip(state, v).map { $0 &+ $1 }
}

private func turn(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }

private func fraction(_ root: Double) -> UInt32 { UInt32((root - root.rounded(.down)) * 4_294_967_296) }

private func primes(_ count: Int) -> [Int] {
  Array((2...).lazy.filter { n in !(2..<n).contains { n % $0 == 0 } }.prefix(count))
}
