package io.github.larkspur

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.transform
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.serializer

/**
 * Calls an operation and decodes `data` into a class that is `@Serializable`, or into [JsonObject]. Integers keep all their digits.
 *
 * @throws LarkException.Decode where the answer is no [T]
 */
public suspend inline fun <reified T> Client.call(
    id: String,
    arguments: JsonObject = JsonObject(emptyMap()),
    files: Map<String, Upload> = emptyMap(),
    options: CallOptions? = null,
): T = decoded(id, json.serializersModule.serializer<T>(), call(id, arguments.toString(), files, options))

/** Calls any path and decodes `data`. */
public suspend inline fun <reified T> Client.request(request: Request, options: CallOptions? = null): T =
    decoded("${request.method} ${request.path}", json.serializersModule.serializer<T>(), request(request, options))

/** The pages of a list, decoded. */
public inline fun <reified T> Client.pages(
    id: String,
    arguments: JsonObject = JsonObject(emptyMap()),
    options: CallOptions? = null,
): Flow<T> {
    val type = json.serializersModule.serializer<T>()
    return pages(id, arguments.toString(), options).map { decoded(id, type, it) }
}

/** The items of all pages of a list, decoded. */
public inline fun <reified T> Client.items(
    id: String,
    arguments: JsonObject = JsonObject(emptyMap()),
    options: CallOptions? = null,
): Flow<T> {
    val items = ListSerializer(json.serializersModule.serializer<T>())
    return itemPages(id, arguments.toString(), options).transform { page -> decoded(id, items, page).forEach { emit(it) } }
}

/** The items of all pages of any path that has them, decoded. */
public inline fun <reified T> Client.requestItems(request: Request, options: CallOptions? = null): Flow<T> {
    val items = ListSerializer(json.serializersModule.serializer<T>())
    val name = "${request.method} ${request.path}"
    return requestItemPages(request, options).transform { page -> decoded(name, items, page).forEach { emit(it) } }
}

/**
 * The arguments of an operation by wire name: texts, numbers, booleans, lists, maps, [JsonElement] and [Message]. What is null is left out; an
 * explicit null is [JsonNull].
 */
public fun arguments(vararg arguments: Pair<String, Any?>): JsonObject =
    JsonObject(arguments.filter { it.second != null }.associate { (name, value) -> name to element(name, value) })

/** The arguments of an operation from a class that is `@Serializable`. */
public inline fun <reified A : Any> Client.arguments(value: A): JsonObject =
    json.encodeToJsonElement(json.serializersModule.serializer<A>(), value).jsonObject

@PublishedApi
internal fun <T> Client.decoded(operation: String, type: DeserializationStrategy<T>, text: String): T = try {
    decoded(json, type, text)
} catch (failed: IllegalArgumentException) {
    // Also what a class of the user's own requires.
    throw LarkException.undecodable(operation, type.descriptor.serialName, failed)
}

private fun <T> decoded(json: Json, type: DeserializationStrategy<T>, text: String): T = when {
    type.descriptor == Unit.serializer().descriptor -> json.decodeFromString(type, "{}")
    text.isEmpty() -> json.decodeFromString(type, "null")
    else -> json.decodeFromString(type, text)
}

private fun element(name: String, value: Any?): JsonElement = when (value) {
    null -> JsonNull

    is JsonElement -> value

    is Message -> value.toJson()

    is String -> JsonPrimitive(value)

    is Boolean -> JsonPrimitive(value)

    is Number -> JsonPrimitive(value)

    is Enum<*> -> JsonPrimitive(value.name)

    is Iterable<*> -> JsonArray(value.map { element(name, it) })

    is Map<*, *> -> JsonObject(value.entries.associate { (key, member) -> key.toString() to element(name, member) })

    else -> throw IllegalArgumentException(
        "$name is a ${value.javaClass.name}, which is no JSON; pass a text, number, boolean, list, map or JsonElement",
    )
}
