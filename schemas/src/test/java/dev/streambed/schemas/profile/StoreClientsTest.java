package dev.streambed.schemas.profile;

import static dev.streambed.schemas.profile.Profiles.open;
import static dev.streambed.schemas.profile.Profiles.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.streambed.schemas.EmbeddingRecord;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.UpsertRequest;
import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq.CollectionSchema;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.utils.DataUtils;
import io.qdrant.client.PointIdFactory;
import io.qdrant.client.ValueFactory;
import io.qdrant.client.VectorsFactory;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.PointStruct;
import io.qdrant.client.grpc.Points.UpsertPoints;
import io.weaviate.client.v1.data.model.WeaviateObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.connect.json.JsonConverter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Values as the connectors of Qdrant, Milvus and Weaviate read them, through Connect's converter
 * without schemas, and as their own clients ask their servers to store them.
 */
class StoreClientsTest {
  private static final int SEEDS = 100;
  private static final JsonConverter VALUES = new JsonConverter();

  @BeforeAll
  static void configure() {
    VALUES.configure(Map.of("schemas.enable", "false"), /* isKey= */ false);
  }

  @AfterAll
  static void close() {
    VALUES.close();
  }

  @Test
  void aPointOfQdrantHasTheBitsOfTheVector() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      EmbeddingRecord record = one(ProfileName.QDRANT, seed);

      Map<String, Object> read = read(ProfileName.QDRANT, record);
      Map<String, Value> payload = new HashMap<>();
      map(read.get("payload"))
          .forEach((name, value) -> payload.put(name, ValueFactory.value(String.valueOf(value))));
      PointStruct point =
          PointStruct.newBuilder()
              .setId(PointIdFactory.id(UUID.fromString(String.valueOf(read.get("id")))))
              .setVectors(VectorsFactory.vectors(floats(read.get("vector"))))
              .putAllPayload(payload)
              .build();
      UpsertPoints sent =
          UpsertPoints.newBuilder()
              .setCollectionName(String.valueOf(read.get("collection_name")))
              .addPoints(point)
              .build();

      UpsertPoints received = UpsertPoints.parseFrom(sent.toByteArray());
      assertThat(received.getCollectionName()).isEqualTo("articles");
      assertThat(received.getPoints(0).getVectors().getVector().getDense().getDataList())
          .as("seed %d", seed)
          .isEqualTo(boxed(record.embedding()));
      assertThat(received.getPoints(0).getPayloadOrThrow("id").getStringValue())
          .isEqualTo(record.key());
    }
  }

  @Test
  void aRowOfMilvusHasTheBitsOfTheVector() {
    CollectionSchema schema = CollectionSchema.builder().build();
    schema.addField(
        AddFieldReq.builder()
            .fieldName("id")
            .dataType(DataType.VarChar)
            .maxLength(512)
            .isPrimaryKey(true)
            .build());
    schema.addField(
        AddFieldReq.builder().fieldName("page").dataType(DataType.Int64).isNullable(true).build());
    for (int seed = 0; seed < SEEDS; seed++) {
      EmbeddingRecord record = one(ProfileName.MILVUS, seed);
      CollectionSchema whole =
          CollectionSchema.builder()
              .fieldSchemaList(new ArrayList<>(schema.getFieldSchemaList()))
              .build();
      whole.addField(
          AddFieldReq.builder()
              .fieldName("embedding")
              .dataType(DataType.FloatVector)
              .dimension(record.dimensions())
              .build());
      JsonObject row =
          JsonParser.parseString(text(value(ProfileName.MILVUS, record))).getAsJsonObject();
      row.keySet().retainAll(List.of("id", "page", "embedding")); // as the connector does

      UpsertRequest sent =
          new DataUtils.InsertBuilderWrapper()
              .convertGrpcUpsertRequest(
                  UpsertReq.builder().collectionName("articles").data(List.of(row)).build(),
                  DescribeCollectionResp.builder()
                      .collectionName("articles")
                      .collectionSchema(whole)
                      .build());

      FieldData vector = field(sent, "embedding");
      assertThat(vector.getVectors().getFloatVector().getDataList())
          .as("seed %d", seed)
          .isEqualTo(boxed(record.embedding()));
      assertThat(field(sent, "id").getScalars().getStringData().getData(0)).isEqualTo(record.key());
      assertThat(field(sent, "page").getScalars().getLongData().getData(0))
          .isEqualTo(record.metadata().get("page"));
    }
  }

  @Test
  void anObjectOfWeaviateHasTheBitsOfTheVector() {
    for (int seed = 0; seed < SEEDS; seed++) {
      EmbeddingRecord record = one(ProfileName.WEAVIATE, seed);
      byte[] key = open(ProfileName.WEAVIATE, record).key(String.valueOf(record.key()));

      Map<String, Object> properties = read(ProfileName.WEAVIATE, record);
      Float[] vector = floats(properties.remove("embedding")).toArray(new Float[0]);
      WeaviateObject sent =
          WeaviateObject.builder()
              .className("Article")
              .id(UUID.nameUUIDFromBytes(key).toString())
              .vector(vector)
              .properties(properties)
              .build();

      WeaviateObject received = new Gson().fromJson(new Gson().toJson(sent), WeaviateObject.class);
      assertThat(received.getVector())
          .as("seed %d", seed)
          .containsExactlyElementsOf(boxed(record.embedding()));
      assertThat(received.getProperties()).containsEntry("key", record.key());
    }
  }

  /** With one vector, and a key that is no number. */
  private static EmbeddingRecord one(ProfileName name, int seed) {
    EmbeddingRecord record =
        Profiles.fitting(ProfileName.WEAVIATE, Profiles.random(new Random(seed)));
    return Profiles.withKey(record, name + "-" + seed);
  }

  private static byte[] value(ProfileName name, EmbeddingRecord record) {
    return open(name, record).value(record);
  }

  private static Map<String, Object> read(ProfileName name, EmbeddingRecord record) {
    return map(VALUES.toConnectData("articles", value(name, record)).value());
  }

  @SuppressWarnings("unchecked") // what the converter makes of an object
  private static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  /** As the connectors do. */
  private static List<Float> floats(@Nullable Object doubles) {
    List<Float> floats = new ArrayList<>();
    for (Object component : (List<?>) Objects.requireNonNull(doubles)) {
      floats.add(((Number) component).floatValue());
    }
    return floats;
  }

  private static List<Float> boxed(float[] vector) {
    List<Float> boxed = new ArrayList<>();
    for (float component : vector) {
      boxed.add(component);
    }
    return boxed;
  }

  private static FieldData field(UpsertRequest request, String name) {
    return request.getFieldsDataList().stream()
        .filter(field -> field.getFieldName().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
