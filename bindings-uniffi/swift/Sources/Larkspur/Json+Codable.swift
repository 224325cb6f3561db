import Foundation

extension Json {
  /// What a value encodes.
  ///
  /// - Throws: ``LarkError/argument(_:)`` for what is no JSON.
  public init(encoding value: some Encodable) throws {
    do {
      self = try JSONDecoder().decode(Json.self, from: JSONEncoder().encode(value))
    } catch {
      let message = "\(type(of: value)) cannot be encoded as JSON; pass a value that holds only what JSON has"
      throw LarkError.argument(Failure(kind: "ArgumentError", message: message))
    }
  }

  /// The JSON text.
  public var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += "\(value)"
    case .string(let value): Json.quote(value, to: &text)
    case .array(let elements): Json.list(elements, "[", "]", to: &text) { $0.write(to: &$1) }
    case .object(let members):
      Json.list(members, "{", "}", to: &text) {
        Json.quote($0.name, to: &$1)
        $1 += ":"
        $0.value.write(to: &$1)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String,
    write: (Element, inout String) -> Void
  ) {
    text += open
    for (place, element) in elements.enumerated() {
      if place > 0 { text += "," }
      write(element, &text)
    }
    text += close
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for letter in value.unicodeScalars {
      switch letter {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<" ": text += "\\u" + String(String(letter.value + 0x10000, radix: 16).dropFirst())
      default: text.unicodeScalars.append(letter)
      }
    }
    text += "\""
  }
}

extension Json: Codable {
  /// Decodes any value; members come in the order of their names.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    if let object = try? decoder.container(keyedBy: Name.self) {
      let names = object.allKeys.sorted { $0.stringValue < $1.stringValue }
      self = .object(try names.map { Member($0.stringValue, try object.decode(Json.self, forKey: $0)) })
    } else if var list = try? decoder.unkeyedContainer() {
      var elements: [Json] = []
      while !list.isAtEnd { elements.append(try list.decode(Json.self)) }
      self = .array(elements)
    } else {
      self = try Json(scalar: decoder.singleValueContainer())
    }
  }

  private init(scalar: any SingleValueDecodingContainer) throws {
    if scalar.decodeNil() {
      self = .null
    } else if let value = try? scalar.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? scalar.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? scalar.decode(UInt64.self) {
      self = .string("\(value)")
    } else if let value = try? scalar.decode(Double.self) {
      self = .number(value)
    } else {
      self = .string(try scalar.decode(String.self))
    }
  }

  /// Encodes the value.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let members):
      var object = encoder.container(keyedBy: Name.self)
      for member in members { try object.encode(member.value, forKey: Name(stringValue: member.name)) }
    case .array(let elements):
      var list = encoder.unkeyedContainer()
      for element in elements { try list.encode(element) }
    default: try encode(scalar: encoder.singleValueContainer())
    }
  }

  private func encode(scalar: any SingleValueEncodingContainer) throws {
    var scalar = scalar
    switch self {
    case .bool(let value): try scalar.encode(value)
    case .integer(let value): try scalar.encode(value)
    case .number(let value): try scalar.encode(value)
    case .string(let value): try scalar.encode(value)
    default: try scalar.encodeNil()
    }
  }
}

/// The name of a member.
private struct Name: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
