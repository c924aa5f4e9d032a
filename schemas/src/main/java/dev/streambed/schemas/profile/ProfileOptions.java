package dev.streambed.schemas.profile;

import dev.streambed.schemas.VectorEncoding;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * A profile, and what a pipeline file says about it.
 *
 * @param encoding of vectors
 * @param fields what fields are called instead
 * @param types of metadata, by name; for {@link ProfileName#CONNECT_JSON} and {@link #openAvro}
 * @param parts which parts of texts are embedded
 */
@API(status = API.Status.INTERNAL)
public record ProfileOptions(
    ProfileName name,
    VectorEncoding encoding,
    Map<String, String> fields,
    Map<String, MetadataType> types,
    Parts parts)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The parts of texts that are embedded. */
  public enum Parts {
    WHOLE_TEXTS,
    CHUNKS
  }

  public static final ProfileOptions CANONICAL =
      new ProfileOptions(ProfileName.CANONICAL, Map.of(), Map.of());

  /**
   * Options as they are.
   *
   * @throws IllegalArgumentException if a field is unknown, or two are called the same
   */
  public ProfileOptions {
    fields = Map.copyOf(fields);
    types = Map.copyOf(types);
    var unused = FieldNames.known(fields);
  }

  /** Options of vectors in float32. */
  public ProfileOptions(
      ProfileName name, Map<String, String> fields, Map<String, MetadataType> types) {
    this(name, VectorEncoding.FLOAT32, fields, types);
  }

  /** Options of whole texts. */
  public ProfileOptions(
      ProfileName name,
      VectorEncoding encoding,
      Map<String, String> fields,
      Map<String, MetadataType> types) {
    this(name, encoding, fields, types, Parts.WHOLE_TEXTS);
  }

  /** The same for chunks of texts. */
  public ProfileOptions ofChunks() {
    return new ProfileOptions(name, encoding, fields, types, Parts.CHUNKS);
  }

  /**
   * The types of metadata: of the names that are known to come, and have none, string.
   *
   * @throws IllegalArgumentException if a type is unknown, with a message for users
   */
  public static Map<String, MetadataType> types(
      Map<String, String> written, Collection<String> names) {
    Map<String, MetadataType> types = new TreeMap<>();
    names.forEach(name -> types.put(name, MetadataType.STRING));
    written.forEach((name, type) -> types.put(name, MetadataType.parse(type)));
    return types;
  }

  /**
   * The same, if each name of metadata is free for it.
   *
   * @throws IllegalArgumentException if a field is called so, with a message for users
   */
  public ProfileOptions checkMetadata(Collection<String> metadata) {
    if (name == ProfileName.CANONICAL) {
      return this;
    }
    var names = FieldNames.known(allNames());
    for (String each : metadata) {
      if (names.isTaken(each)) {
        throw new IllegalArgumentException(
            "metadata and a field are both called '%s'; rename either, in streambed.source.metadata or streambed.sink.fields"
                .formatted(each));
      }
      if (name == ProfileName.WEAVIATE && !WeaviateObject.takes(each)) {
        throw new IllegalArgumentException(
            "Weaviate takes no property '%s'; give it another name in streambed.source.metadata"
                .formatted(each));
      }
    }
    return this;
  }

  /**
   * The profile of records with some vectors; not for {@link ProfileName#CANONICAL}.
   *
   * @param topic that they are written to
   * @param vectors names of the vectors of other lengths
   * @throws IllegalArgumentException if it does not fit them, with a message for users
   */
  public Profile open(String topic, List<String> vectors) {
    var names = new FieldNames(allNames(), vectors);
    if (name == ProfileName.WEAVIATE && !vectors.isEmpty()) {
      throw new IllegalArgumentException(
          "the connector of Weaviate takes one vector; streambed.model.dimensions has several");
    }
    if (name == ProfileName.QDRANT
        && vectors.isEmpty()
        && fields.containsKey(FieldNames.EMBEDDING)) {
      throw new IllegalArgumentException(
          "Qdrant's vector has a name only beside another; leave out embedding in streambed.sink.fields");
    }
    return switch (name) {
      case FLAT -> new FlatJson(names, encoding);
      case CONNECT_JSON -> new ConnectJson(names, vectors, types, parts);
      case QDRANT -> new QdrantPoint(names, topic);
      case MILVUS -> new MilvusRow(names);
      case ELASTICSEARCH, OPENSEARCH -> new Document(names, Document.LUCENE_ID_BYTES, encoding);
      case REDIS_JSON -> new Document(names, Document.REDIS_ID_BYTES, encoding);
      case WEAVIATE -> new WeaviateObject(names);
      case CANONICAL -> throw new IllegalArgumentException("The canonical record has formats.");
    };
  }

  /**
   * The flat profile in Avro, for a schema registry.
   *
   * @param vectors names of the vectors of other lengths
   * @throws IllegalArgumentException if it does not fit them, with a message for users
   */
  public Profile openAvro(List<String> vectors) {
    return new FlatAvro(new FieldNames(fields, vectors), vectors, encoding, types, parts);
  }

  private Map<String, String> allNames() {
    Map<String, String> all =
        new HashMap<>(name == ProfileName.WEAVIATE ? WeaviateObject.NAMES : Map.of());
    all.putAll(fields);
    return all;
  }
}
