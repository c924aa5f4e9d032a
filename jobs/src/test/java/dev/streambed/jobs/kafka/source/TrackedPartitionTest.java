package dev.streambed.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.kafka.TopicLookup.Offsets;
import dev.streambed.jobs.kafka.TopicLookup.Topic;
import dev.streambed.jobs.kafka.source.LostOffsets.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrackedPartitionTest {
  private static final TopicPartition NAME = new TopicPartition("texts", 3);
  private static final Uuid OLD = new Uuid(1, 1);
  private static final Uuid NEW = new Uuid(2, 2);
  private static final int EPOCH = 6;

  @Test
  void staysWhereItIsInTheSameTopic() {
    TrackedPartition partition = partition(7, OLD);

    assertThat(partition.locate(topic(OLD, 5, 9))).isNull();
    assertThat(partition.position()).isEqualTo(7);
  }

  @Test
  void takesOverTheIdIfItKnowsNone() {
    TrackedPartition partition = partition(7, null);

    assertThat(partition.locate(topic(NEW, 0, 9))).isNull();
    assertThat(partition.topicId()).isEqualTo(NEW);
    assertThat(partition.position()).isEqualTo(7);
  }

  @Test
  void losesItsPositionInAnotherTopicOfTheSameName() {
    TrackedPartition partition = partition(7, OLD);

    LostOffsets loss = partition.locate(topic(NEW, 2, 900));

    assertThat(loss).isEqualTo(new LostOffsets(Reason.REMADE, NAME, 7, 0));
    assertThat(partition.position()).isZero();
    assertThat(partition.topicId()).isEqualTo(NEW);
  }

  @Test
  void losesAPartitionThatAnotherTopicOfTheSameNameDoesNotHave() {
    TrackedPartition partition = partition(7, OLD);

    LostOffsets loss = partition.locate(new Topic(NEW, Map.of()));

    assertThat(loss).isEqualTo(new LostOffsets(Reason.REMADE_WITHOUT_IT, NAME, 7, 0));
    assertThat(loss)
        .extracting(it -> it.message() + it.advice())
        .isEqualTo(
            "Lost partition 3 of source topic texts at offset 7: the topic was deleted and made anew since the job"
                + " read it, with fewer partitions. How many records of the old one were not read cannot be told."
                + " To go on with the partitions that are left, set streambed.source.on-lost-offsets: continue and"
                + " start from the last checkpoint. Earlier embeddings stay in the sink topic.");
    assertThat(partition.position()).isZero(); // should the topic grow
  }

  @Test
  void missesWhatANewPartitionHasAlreadyLost() {
    TrackedPartition partition = partition(KafkaPartitionSplit.EARLIEST_OFFSET, null);
    partition.locate(topic(OLD, 40, 90));

    LostOffsets loss = partition.relocate(new Offsets(40, 90), refusal());

    assertThat(loss).isEqualTo(new LostOffsets(Reason.EXPIRED, NAME, 0, 40));
    assertThat(loss).extracting(LostOffsets::unread).isEqualTo(OptionalLong.of(40));
  }

  @Test
  void beginsWithTheEarliestRecordIfAnOldSavepointHasNoOffset() {
    TrackedPartition partition = partition(KafkaPartitionSplit.COMMITTED_OFFSET, null);

    assertThat(partition.locate(topic(OLD, 40, 90))).isNull();
    assertThat(partition.position()).isEqualTo(40);
  }

  @Test
  void losesWhatExpired() {
    TrackedPartition partition = partition(300, OLD);

    LostOffsets loss = partition.relocate(new Offsets(800, 1000), refusal());

    assertThat(loss).isEqualTo(new LostOffsets(Reason.EXPIRED, NAME, 300, 800));
    assertThat(loss).extracting(LostOffsets::unread).isEqualTo(OptionalLong.of(500));
    assertThat(partition.position()).isEqualTo(800);
  }

  @Test
  void losesNothingBehindTheEndOfABoundedJob() {
    var partition = new TrackedPartition(new IdentifiedSplit(NAME, 300, 400, OLD, EPOCH));

    LostOffsets loss = partition.relocate(new Offsets(800, 1000), refusal());

    assertThat(loss).isEqualTo(new LostOffsets(Reason.EXPIRED, NAME, 300, 400));
    assertThat(partition.isFinished()).isTrue();
  }

  @Test
  void readsAgainWhatIsLeftOfALogThatWasCutOff() {
    TrackedPartition partition = partition(300, OLD);

    LostOffsets loss = partition.relocate(new Offsets(100, 200), refusal());

    assertThat(loss).isEqualTo(new LostOffsets(Reason.TRUNCATED, NAME, 300, 100));
    assertThat(loss).extracting(LostOffsets::unread).isEqualTo(OptionalLong.empty());
  }

  @Test
  void readsOnlyWhatWasWrittenAnewIfKafkaKnowsWhereThatBegins() {
    TrackedPartition partition = partition(300, OLD);

    LostOffsets loss =
        partition.relocate(
            new Offsets(100, 500), truncation(Map.of(NAME, new OffsetAndMetadata(250))));

    assertThat(loss).isEqualTo(new LostOffsets(Reason.TRUNCATED, NAME, 300, 250));
  }

  @Test
  void readsAllThatIsLeftIfKafkaOnlyKnowsThatTheLogWasWrittenAnew() {
    TrackedPartition partition = partition(300, OLD);

    LostOffsets loss = partition.relocate(new Offsets(100, 500), truncation(Map.of()));

    assertThat(loss).isEqualTo(new LostOffsets(Reason.TRUNCATED, NAME, 300, 100));
  }

  @Test
  void seeksWithTheEpochOfWhatItHasRead() {
    TrackedPartition partition = partition(300, OLD);
    OffsetAndMetadata restored = partition.validated();
    partition.advanceTo(301, 7);

    assertThat(restored).isEqualTo(new OffsetAndMetadata(300, Optional.of(EPOCH), ""));
    assertThat(partition.validated()).isEqualTo(new OffsetAndMetadata(301, Optional.of(7), ""));
    assertThat(partition.update(null).leaderEpoch()).contains(7);
  }

  @Test
  void forgetsTheEpochOfWhatIsLost() {
    TrackedPartition remade = partition(7, OLD);
    remade.locate(topic(NEW, 0, 900));
    TrackedPartition cutOff = partition(300, OLD);
    LostOffsets loss = cutOff.relocate(new Offsets(100, 500), truncation(Map.of()));

    assertThat(remade.validated()).isEqualTo(new OffsetAndMetadata(0));
    assertThat(cutOff.validated()).isEqualTo(new OffsetAndMetadata(100));
    assertThat(cutOff.update(loss).leaderEpoch()).isEmpty();
  }

  @Test
  void losesNothingIfThePositionIsInRangeAgain() {
    TrackedPartition partition = partition(300, OLD);

    assertThat(partition.relocate(new Offsets(100, 300), refusal())).isNull();
    assertThat(partition.position()).isEqualTo(300);
  }

  @Test
  void doesNotWaitForAnEndThatALogNoLongerHas() {
    var partition = new TrackedPartition(new IdentifiedSplit(NAME, 300, 400, OLD, EPOCH));

    partition.locate(topic(NEW, 0, 10));

    assertThat(partition.end()).isEqualTo(10);
  }

  @Test
  void saysWhatIsGoneAndWhatToDo() {
    var loss = new LostOffsets(Reason.EXPIRED, NAME, 300, 800);

    assertThat(loss.message() + loss.advice())
        .isEqualTo(
            "Lost offsets 300 to 799 of partition 3 of source topic texts (500 records; fewer if transactions"
                + " left their marks among them): Kafka has deleted them before the job could read them, because"
                + " of the topic's retention or a request to delete records; the next offset to read is 800. To"
                + " go on at offset 800 without them, set streambed.source.on-lost-offsets: continue and start"
                + " from the last checkpoint. Then raise the topic's retention above the longest outage.");
  }

  @Test
  void isChangedByNewsOfItsTopicAlone() {
    TrackedPartition partition = partition(7, OLD);
    partition.locate(topic(OLD, 5, 9));

    assertThat(partition.isChangedBy(seen("other", TopicWatch.GONE))).isFalse();
    assertThat(partition.isChangedBy(seen("texts", OLD.toString()))).isFalse();
    assertThat(partition.isChangedBy(seen("texts", NEW.toString()))).isTrue();
    assertThat(partition.isChangedBy(seen("texts", TopicWatch.GONE))).isTrue();

    partition.miss();

    assertThat(partition.isMissing()).isTrue();
    assertThat(partition.isChangedBy(seen("texts", TopicWatch.GONE))).isFalse();
    assertThat(partition.isChangedBy(seen("texts", OLD.toString()))).isTrue();
  }

  @Test
  void isThereAgainOnceItIsLocated() {
    TrackedPartition partition = partition(7, OLD);

    partition.locate(new Topic(OLD, Map.of()));
    boolean wasMissing = partition.isMissing();
    partition.locate(topic(OLD, 5, 9));

    assertThat(wasMissing).isTrue();
    assertThat(partition.isMissing()).isFalse();
  }

  @Test
  void losesATopicThatIsNotFoundThreeTimesOnceAndKeepsThePosition() {
    TrackedPartition partition = partition(7, OLD);
    partition.miss();
    partition.locate(topic(OLD, 5, 9)); // a broker that started had not known it yet
    List<Optional<LostOffsets>> losses =
        Stream.generate(() -> partition.miss().map(PositionUpdate::loss)).limit(4).toList();

    var loss = new LostOffsets(Reason.DELETED, NAME, 7, 7);
    assertThat(losses)
        .containsExactly(Optional.empty(), Optional.empty(), Optional.of(loss), Optional.empty());
    assertThat(partition.position()).isEqualTo(7);
    assertThat(loss.unread()).isEmpty();
    assertThat(loss.message() + loss.outcome())
        .isEqualTo(
            "Lost partition 3 of source topic texts at offset 7: the topic was deleted. How many of its records"
                + " were not read cannot be told. The job goes on without it, and waits for a new topic of that name.");
  }

  private static OffsetOutOfRangeException refusal() {
    return new OffsetOutOfRangeException(Map.of(NAME, 300L));
  }

  private static LogTruncationException truncation(
      Map<TopicPartition, OffsetAndMetadata> diverging) {
    return new LogTruncationException(Map.of(NAME, 300L), diverging);
  }

  private static TopicWatch.Seen seen(String topic, String id) {
    return new TopicWatch.Seen(Map.of(topic, id));
  }

  private static TrackedPartition partition(long position, @Nullable Uuid topicId) {
    return new TrackedPartition(
        new IdentifiedSplit(
            NAME, position, KafkaPartitionSplit.NO_STOPPING_OFFSET, topicId, EPOCH));
  }

  private static Topic topic(Uuid id, long beginning, long end) {
    return new Topic(id, Map.of(NAME, new Offsets(beginning, end)));
  }
}
