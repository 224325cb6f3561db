import Foundation
import Larkspur

/// JSON as a vector has it: members in their order, numbers with the digits that stand there.
indirect enum Node: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([Node])
  case object([(name: String, value: Node)])

  init(parsing text: String) throws {
    var reader = NodeReader(bytes: Array(text.utf8))
    self = try reader.value()
    try reader.end()
  }

  subscript(name: String) -> Node? { members.last { $0.name == name }?.value }

  var members: [(name: String, value: Node)] {
    if case .object(let members) = self { members } else { [] }
  }

  var list: [Node] {
    if case .array(let elements) = self { elements } else { [] }
  }

  /// The content of a text or number.
  var content: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .bool(let value): "\(value)"
    default: nil
    }
  }

  var int: Int? { content.flatMap(Int.init) }

  var isNull: Bool {
    if case .null = self { true } else { false }
  }

  var texts: [String: String] {
    Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.content ?? "") })
  }

  /// The JSON text.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let digits): digits
    case .string(let value): Json.string(value).text
    case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Json.string($0.name).text + ":" + $0.value.text }.joined(separator: ",") + "}"
    }
  }

  /// The value as arguments of a path take it.
  var json: Json {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let digits): Int64(digits).map(Json.integer) ?? .number(Double(digits)!)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.json))
    case .object(let members): .object(members.map { Json.Member($0.name, $0.value.json) })
    }
  }
}

extension Node: Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByArrayLiteral, ExpressibleByBooleanLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .number("\(value)") }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: Node...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, Node)...) { self = .object(elements.map { ($0, $1) }) }

  static func == (left: Node, right: Node) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)), (.string(let left), .string(let right)): left == right
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)):
      left.count == right.count && left.allSatisfy { member in right.contains { $0 == member } }
    default: false
    }
  }
}

/// Reads JSON; Foundation's reader knows neither the order of members nor all digits of a number.
private struct NodeReader {
  struct Wrong: Error {
    let place: Int
  }

  let bytes: [UInt8]
  var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func value() throws -> Node {
    switch next() {
    case "{": .object(try sequence("{", "}") { try ($0.name(), $0.value()) })
    case "[": .array(try sequence("[", "]") { try $0.value() })
    case "\"": .string(try string())
    default: try scalar()
    }
  }

  mutating func end() throws {
    guard next() == nil else { throw Wrong(place: place) }
  }

  private mutating func sequence<T>(_ open: Character, _ close: Character, _ one: (inout Self) throws -> T) throws -> [T] {
    var all: [T] = []
    try take(open)
    while next() != close {
      if !all.isEmpty { try take(",") }
      all.append(try one(&self))
    }
    try take(close)
    return all
  }

  private mutating func name() throws -> String {
    let name = try string()
    try take(":")
    return name
  }

  private mutating func string() throws -> String {
    guard next() == "\"" else { throw Wrong(place: place) }
    let start = place
    place += 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    place += 1
    guard place <= bytes.count else { throw Wrong(place: start) }
    return try JSONDecoder().decode(String.self, from: Data(bytes[start..<place]))
  }

  private mutating func scalar() throws -> Node {
    let start = place
    while place < bytes.count, !" \n\r\t,]}".utf8.contains(bytes[place]) { place += 1 }
    switch String(decoding: bytes[start..<place], as: UTF8.self) {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case let digits where Double(digits) != nil: return .number(digits)
    default: throw Wrong(place: start)
    }
  }

  private mutating func take(_ sign: Character) throws {
    guard next() == sign else { throw Wrong(place: place) }
    place += 1
  }

  /// The next sign that is no space.
  private mutating func next() -> Character? {
    while place < bytes.count, " \n\r\t".utf8.contains(bytes[place]) { place += 1 }
    return place < bytes.count ? Character(UnicodeScalar(bytes[place])) : nil
  }
}
