package dev.streambed.schemas;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The parts that documents of a type can have, so that a pointer to any other is found before the
 * first document. Types may contain themselves: parts are looked at when they are asked for.
 */
@API(status = API.Status.INTERNAL)
public final class DocumentShape {
  /** The shape of documents about which nothing is known. */
  public static final DocumentShape ANYTHING =
      new DocumentShape(
          EnumSet.allOf(JsonNodeType.class),
          Map.of(),
          DocumentShape::anything,
          DocumentShape::anything);

  private final Set<JsonNodeType> kinds;
  private final Map<String, Supplier<DocumentShape>> fields;
  private final @Nullable Supplier<DocumentShape> values; // of names that are no fields
  private final @Nullable Supplier<DocumentShape> elements;

  private DocumentShape(
      Set<JsonNodeType> kinds,
      Map<String, Supplier<DocumentShape>> fields,
      @Nullable Supplier<DocumentShape> values,
      @Nullable Supplier<DocumentShape> elements) {
    this.kinds = Collections.unmodifiableSet(kinds);
    this.fields = fields;
    this.values = values;
    this.elements = elements;
  }

  private static DocumentShape anything() {
    return ANYTHING;
  }

  /** One value of these kinds. */
  public static DocumentShape scalar(JsonNodeType first, JsonNodeType... others) {
    return new DocumentShape(EnumSet.of(first, others), Map.of(), null, null);
  }

  /** An object with these fields and no others, in their order. */
  public static DocumentShape object(Map<String, Supplier<DocumentShape>> fields) {
    return new DocumentShape(
        EnumSet.of(JsonNodeType.OBJECT), new LinkedHashMap<>(fields), null, null);
  }

  /** An object with fields of any name. */
  public static DocumentShape map(Supplier<DocumentShape> values) {
    return new DocumentShape(EnumSet.of(JsonNodeType.OBJECT), Map.of(), values, null);
  }

  public static DocumentShape array(Supplier<DocumentShape> elements) {
    return new DocumentShape(EnumSet.of(JsonNodeType.ARRAY), Map.of(), null, elements);
  }

  /** The shape of documents with one of several shapes, at least one. */
  public static DocumentShape anyOf(List<DocumentShape> shapes) {
    DocumentShape all = shapes.get(0);
    for (DocumentShape shape : shapes.subList(1, shapes.size())) {
      all = all.or(shape);
    }
    return all;
  }

  private DocumentShape or(DocumentShape other) {
    EnumSet<JsonNodeType> allKinds = EnumSet.copyOf(kinds);
    allKinds.addAll(other.kinds);
    Map<String, Supplier<DocumentShape>> allFields = new LinkedHashMap<>(fields);
    other.fields.forEach((name, field) -> allFields.merge(name, field, DocumentShape::either));
    return new DocumentShape(
        allKinds, allFields, either(values, other.values), either(elements, other.elements));
  }

  private static @Nullable Supplier<DocumentShape> either(
      @Nullable Supplier<DocumentShape> one, @Nullable Supplier<DocumentShape> other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return () -> one.get().or(other.get());
  }

  /** The kinds that it can be; all if nothing is known. */
  public Set<JsonNodeType> kinds() {
    return kinds;
  }

  /** The names of its fields; empty if it has none, or fields of any name. */
  public Set<String> names() {
    return values == null ? Collections.unmodifiableSet(fields.keySet()) : Set.of();
  }

  /**
   * The part that a pointer begins with: a field, or an element of an array.
   *
   * @return null if no document has it
   */
  public @Nullable DocumentShape part(JsonPointer pointer) {
    Supplier<DocumentShape> named = fields.get(pointer.getMatchingProperty());
    Supplier<DocumentShape> field = named == null ? values : named;
    Supplier<DocumentShape> part = pointer.mayMatchElement() ? either(field, elements) : field;
    return part == null ? null : part.get();
  }

  /** The elements that it has as an array; null if it cannot be one. */
  public @Nullable DocumentShape elements() {
    return elements == null ? null : elements.get();
  }
}
