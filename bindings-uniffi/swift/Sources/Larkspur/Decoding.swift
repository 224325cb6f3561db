public import Foundation

/// What decodes typed answers; `JSONDecoder` is one.
public protocol AnswerDecoder {
  /// Decodes JSON text.
  func decode<T: Decodable>(_ type: T.Type, from data: Data) throws -> T
}

extension JSONDecoder: AnswerDecoder {}

/// Decodes the answers of one operation.
struct Decoding: Sendable {
  let operation: String
  let decoder: @Sendable () -> any AnswerDecoder

  func value<T: Decodable>(_ text: String) throws -> T {
    do {
      return try decoder().decode(T.self, from: Data((text.isEmpty ? "null" : text).utf8))
    } catch {
      throw LarkError.decode(Failure(kind: "DecodeError", message: line(error, "\(T.self)"), operation: operation))
    }
  }

  private func line(_ error: any Error, _ type: String) -> String {
    "\(operation): the answer is no \(type): \(reason(error)); decode it as Json to see what it is"
  }

  private func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
    case DecodingError.valueNotFound(_, let context): "\(path(context.codingPath)) is null"
    case DecodingError.typeMismatch(let type, let context): "\(path(context.codingPath)) is no \(type)"
    case DecodingError.dataCorrupted(let context): "\(path(context.codingPath)): \(context.debugDescription)"
    default: "\(error)".split(separator: "\n").first.map(String.init) ?? ""
    }
  }

  private func path(_ keys: [any CodingKey]) -> String {
    keys.isEmpty ? "data" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
  }
}
