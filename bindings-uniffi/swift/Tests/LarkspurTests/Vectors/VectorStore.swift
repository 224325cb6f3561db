import Foundation
import Larkspur
import Testing

/// The token store of a vector: what lies there, and what others put there meanwhile.
actor VectorStore: TokenStore {
  private let part: Node
  private let app: App
  private let began = Date()
  private var values: [String: (text: String, version: String)] = [:]
  private var swaps = 0

  init(_ part: Node, app: App) { (self.part, self.app) = (part, app) }

  func load(_ key: String) -> StoredToken? {
    values[key].map { StoredToken(value: $0.text, version: $0.version) }
  }

  func swap(_ key: String, expected: String?, value: String, ttl: Duration) -> Bool {
    #expect(ttl > .zero)
    guard values[key]?.version == expected else { return false }
    put(value, under: key)
    return true
  }

  /// What lies there before the first call.
  func begin() throws { try put(part["holds"]) }

  /// What others do, each in its time.
  func meanwhile() async throws {
    for other in part["meanwhile"]?.list ?? [] {
      let left = Double(other["at"]?.int ?? 0) / 1000 + began.timeIntervalSinceNow
      try await Task.sleep(for: .seconds(max(0, left)))
      try check(other["has"])
      try put(other["puts"])
    }
  }

  /// Looks at what lies there when all is over.
  func end() throws { try check(part["keeps"]) }

  private func check(_ records: Node?) throws {
    for (key, record) in try spelledOut(records ?? .object([]), app.id, began).members {
      let found = values[key]?.text ?? "null"
      if case .string(let text) = record { #expect(found == text) } else { try checkSame(record, Node(parsing: found)) }
    }
  }

  private func put(_ records: Node?) throws {
    for (key, record) in try spelledOut(records ?? .object([]), app.id, began).members {
      if case .string(let text) = record { put(text, under: key) } else { put(record.text, under: key) }
    }
  }

  private func put(_ text: String, under key: String) {
    swaps += 1
    values[key] = (text, "\(swaps)")
  }
}

/// With what `$base` and the like stand for; moments count from `began`.
func spelledOut(_ value: Node, _ appId: String, _ began: Date) throws -> Node {
  let start = Int(began.timeIntervalSince1970 * 1000)
  let text = value.text.replacing("$base", with: Sandbox.shared.url).replacing("$app_id", with: appId)
  return try Node(parsing: text.replacing(#/"\$ms([+-]\d+)"/#) { "\(start + (Int($0.output.1) ?? 0))" })
}

/// Equal, but for moments, which may be five seconds apart, and for `$uuid`.
func checkSame(_ expected: Node, _ actual: Node) throws {
  switch (expected, actual) {
  case (.object(let wanted), .object(let found)):
    #expect(wanted.map(\.name).sorted() == found.map(\.name).sorted())
    for (name, value) in wanted { try checkSame(value, actual[name] ?? .null) }
  case (.array(let wanted), .array(let found)) where wanted.count == found.count:
    for (wanted, found) in zip(wanted, found) { try checkSame(wanted, found) }
  case (.string("$uuid"), .string(let found)):
    #expect(found.wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#) != nil, "\(found)")
  default:
    let isMoment = (expected.int ?? 0) > 1_000_000_000_000
    #expect(isMoment ? abs((actual.int ?? 0) - (expected.int ?? 0)) < 5000 : expected == actual)
  }
}
