package dev.streambed.e2e;
import dev.streambed.cli.KafkaBroker;
import java.util.*;
import org.apache.kafka.clients.admin.*;
@SuppressWarnings("all")
final class Debug {
  static void dump(KafkaBroker broker, String... topics) {
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
      for (TransactionListing t : admin.listTransactions().all().get()) {
        System.out.println("TX " + t + " " + admin.describeTransactions(List.of(t.transactionalId())).all().get());
      }
      for (String topic : topics) System.out.println(topic + " committed " + Topics.readAll(broker, topic).size() + " uncommitted " + Topics.readUncommitted(broker, topic).size());
      Map<Integer,Set<Integer>> seen = new TreeMap<>();
      Set<Integer> got = new HashSet<>();
      for (String topic : topics) for (var r : Topics.readAll(broker, topic)) got.add(Integer.parseInt(new String(r.headers().lastHeader("number").value())));
      for (var r : Topics.readAll(broker, topics[0].replace("embeddings", "texts"))) { int n = Integer.parseInt(new String(r.headers().lastHeader("number").value())); if (!got.contains(n)) seen.computeIfAbsent(r.partition(), k -> new TreeSet<>()).add((int) r.offset()); }
      seen.forEach((k, v) -> System.out.println("MISSING partition " + k + " " + v.size() + " offsets " + ((TreeSet) v).first() + ".." + ((TreeSet) v).last()));
      Thread.getAllStackTraces().forEach((t, st) -> { if (t.getName().contains("embed-worker") || t.getName().startsWith("Source") ) { System.out.println("THREAD " + t.getName() + " " + t.getState()); for (var e : st) System.out.println("    at " + e); } });
    } catch (Exception e) { e.printStackTrace(); }
  }
}
