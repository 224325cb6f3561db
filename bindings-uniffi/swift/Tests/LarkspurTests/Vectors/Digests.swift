import Foundation

/// The digest that the sandbox shows of the parts of a form, in hexadecimal. Foundation has none on all platforms.
func sha256(_ data: Data) -> String {
  var state: [UInt32] = primes(8).map { fraction(Double($0).squareRoot()) }
  let constants = primes(64).map { fraction(cbrt(Double($0))) }
  for block in blocks(data) { compress(block, &state, constants) }
  return hexadecimal(state)
}

/// The digest behind signatures for pages.
func sha1(_ data: Data) -> String {
  var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
  for block in blocks(data) {
    var words = words(block)
    for i in 16..<80 { words.append(turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 31)) }
    let v = words.enumerated().reduce(state) { v, word in
      let (mixed, constant) = round(word.offset / 20, v)
      return [turn(v[0], 27) &+ mixed &+ v[4] &+ constant &+ word.element, v[0], turn(v[1], 2), v[2], v[3]]
    }
    state = zip(state, v).map { $0 &+ $1 }
  }
  return hexadecimal(state)
}

private func round(_ number: Int, _ v: [UInt32]) -> (mixed: UInt32, constant: UInt32) {
  switch number {
  case 0: (v[1] & v[2] | ~v[1] & v[3], 0x5a82_7999)
  case 1: (v[1] ^ v[2] ^ v[3], 0x6ed9_eba1)
  case 2: (v[1] & v[2] | v[1] & v[3] | v[2] & v[3], 0x8f1b_bcdc)
  default: (v[1] ^ v[2] ^ v[3], 0xca62_c1d6)
  }
}

private func blocks(_ data: Data) -> [ArraySlice<UInt8>] {
  var bytes = [UInt8](data) + [0x80]
  bytes += [UInt8](repeating: 0, count: (120 - bytes.count % 64) % 64)
  bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: (data.count * 8) >> ($0 * 8)) }
  return stride(from: 0, to: bytes.count, by: 64).map { bytes[$0..<$0 + 64] }
}

private func words(_ block: ArraySlice<UInt8>) -> [UInt32] {
  let first = block.startIndex
  return (0..<16).map { word in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[first + word * 4 + $1]) } }
}

private func hexadecimal(_ state: [UInt32]) -> String {
  state.map { String(String(UInt64($0) + 0x1_0000_0000, radix: 16).dropFirst()) }.joined()
}

private func compress(_ block: ArraySlice<UInt8>, _ state: inout [UInt32], _ constants: [UInt32]) {
  var words = words(block)
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
