package dev.streambed.cli.demo;

import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.TextRecordCodec;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The demo's input: good texts, and two records that nobody can embed. */
final class DemoInput {
  /** Keys of the bad records with their values. */
  private static final Map<String, String> BAD =
      Map.of(
          "bad-broken-json", "{\"text\":\"My fellow citiz",
          "bad-blank-text", "{\"text\":\" \"}");

  private final Map<String, DemoText> texts = new LinkedHashMap<>();

  DemoInput(List<DemoText> texts) {
    texts.forEach(text -> this.texts.put(text.key(), text));
  }

  Set<String> goodKeys() {
    return texts.keySet();
  }

  Set<String> badKeys() {
    return BAD.keySet();
  }

  /** A check that expects each good key embedded and each bad one dead. */
  DeliveryCheck check() {
    return new DeliveryCheck(goodKeys(), badKeys());
  }

  DemoText text(String key) {
    DemoText text = texts.get(key);
    if (text == null) {
      throw new IllegalArgumentException("The demo has no text " + key);
    }
    return text;
  }

  /** Sends all records, the bad ones in the middle; returns when the broker has them. */
  void send(String bootstrapServers, String topic) throws ExecutionException, InterruptedException {
    var sent = new ArrayList<Future<?>>();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new StringSerializer(),
            new ByteArraySerializer())) {
      int position = 0;
      for (DemoText text : texts.values()) {
        if (position++ == texts.size() / 2) {
          BAD.forEach(
              (key, value) ->
                  sent.add(
                      producer.send(
                          new ProducerRecord<>(
                              topic, key, value.getBytes(StandardCharsets.UTF_8)))));
        }
        sent.add(producer.send(new ProducerRecord<>(topic, text.key(), encode(text))));
      }
    }
    for (Future<?> future : sent) {
      future.get();
    }
  }

  private static byte[] encode(DemoText text) {
    LocalDate date = LocalDate.of(Integer.parseInt(text.year()), 1, 1);
    return TextRecordCodec.encodeJson(
        new TextRecord(
            text.key(),
            text.text(),
            /* prompt= */ null,
            Map.of("year", text.year(), "president", text.president()),
            date.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()));
  }
}
