package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * A position in a partition at which the job cannot go on.
 *
 * @param from the job's position: the first offset that it has not read
 * @param next where it goes on if it is told to
 */
record LostOffsets(Reason reason, TopicPartition partition, long from, long next) {

  /** Why an offset is gone. */
  enum Reason {
    /** The log begins after the position. */
    EXPIRED,
    /** The log ends before the position, or was written anew from before it. */
    TRUNCATED,
    /** The topic is another one of the same name. */
    REMADE,
    /** The topic is another one of the same name, without the partition. */
    REMADE_WITHOUT_IT,
    /** The topic is not there any more. */
    DELETED
  }

  /**
   * The number of offsets passed over unread; each is a record, or a mark that a transaction left.
   * Empty if unknown.
   */
  OptionalLong unread() {
    return reason == Reason.EXPIRED ? OptionalLong.of(next - from) : OptionalLong.empty();
  }

  String message() {
    return switch (reason) {
      case EXPIRED ->
          String.format(
              Locale.ROOT,
              "Lost offsets %d to %d of partition %d of source topic %s (%d records; fewer if transactions left their marks"
                  + " among them): Kafka has deleted them before the job could read them, because of the topic's retention or a"
                  + " request to delete records; the next offset to read is %d.",
              from,
              next - 1,
              partition.partition(),
              partition.topic(),
              next - from,
              next);
      case TRUNCATED ->
          String.format(
              Locale.ROOT,
              "Lost offset %d of partition %d of source topic %s: the job has read up to it, but Kafka has cut off the log before it,"
                  + " as after the election of a leader that had not all records. How many records are gone cannot be told;"
                  + " the next offset to read is %d.",
              from,
              partition.partition(),
              partition.topic(),
              next);
      case REMADE ->
          String.format(
              Locale.ROOT,
              "Lost offset %d of partition %d of source topic %s: the topic was deleted and made anew since the job read it,"
                  + " so the offset means nothing in it. How many records of the old one were not read cannot be told;"
                  + " the next offset to read is %d.",
              from,
              partition.partition(),
              partition.topic(),
              next);
      case REMADE_WITHOUT_IT ->
          String.format(
              Locale.ROOT,
              "Lost partition %d of source topic %s at offset %d: the topic was deleted and made anew since the job read it,"
                  + " with fewer partitions. How many records of the old one were not read cannot be told.",
              partition.partition(),
              partition.topic(),
              from);
      case DELETED ->
          String.format(
              Locale.ROOT,
              "Lost partition %d of source topic %s at offset %d: the topic was deleted."
                  + " How many of its records were not read cannot be told.",
              partition.partition(),
              partition.topic(),
              from);
    };
  }

  /** Says how a job goes on, for messages. */
  String outcome() {
    return switch (reason) {
      case EXPIRED, TRUNCATED, REMADE -> " The job goes on there.";
      case REMADE_WITHOUT_IT -> " The job goes on with the partitions that are left.";
      case DELETED -> " The job goes on without it, and waits for a new topic of that name.";
    };
  }

  /** The remedy, for messages. */
  String advice() {
    String keep =
        reason == Reason.EXPIRED
            ? " Then raise the topic's retention above the longest outage."
            : " Earlier embeddings stay in the sink topic.";
    String where =
        reason == Reason.REMADE_WITHOUT_IT || reason == Reason.DELETED
            ? "with the partitions that are left"
            : String.format(Locale.ROOT, "at offset %d without them", next);
    return String.format(
        Locale.ROOT,
        " To go on %s, set %s: %s and start from the last checkpoint.%s",
        where,
        JobOptions.SOURCE_ON_LOST_OFFSETS.key(),
        LostOffsetsPolicy.CONTINUE,
        keep);
  }
}
