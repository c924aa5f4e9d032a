package dev.streambed.sql;

import org.apache.flink.table.api.TableException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.types.RowKind;
import org.apache.flink.types.variant.Variant;

/** A row that could not be made: whoever reads a column of it fails, without any row's text. */
final class FailedRow implements RowData {
  private final Throwable failure;

  FailedRow(Throwable failure) {
    this.failure = failure;
  }

  private TableException failure() {
    String message = String.valueOf(failure.getMessage());
    // Flink's client shows the innermost cause alone: for a bad text, that is not what to do.
    return failure instanceof IllegalArgumentException
        ? new TableException(message)
        : new TableException(message, failure);
  }

  @Override
  public boolean isNullAt(int column) {
    throw failure();
  }

  @Override
  public int getArity() {
    throw failure();
  }

  @Override
  public RowKind getRowKind() {
    return RowKind.INSERT;
  }

  @Override
  public void setRowKind(RowKind kind) {
    // always an insertion
  }

  @Override
  public boolean getBoolean(int column) {
    throw failure();
  }

  @Override
  public byte getByte(int column) {
    throw failure();
  }

  @Override
  public short getShort(int column) {
    throw failure();
  }

  @Override
  public int getInt(int column) {
    throw failure();
  }

  @Override
  public long getLong(int column) {
    throw failure();
  }

  @Override
  public float getFloat(int column) {
    throw failure();
  }

  @Override
  public double getDouble(int column) {
    throw failure();
  }

  @Override
  public StringData getString(int column) {
    throw failure();
  }

  @Override
  public DecimalData getDecimal(int column, int precision, int scale) {
    throw failure();
  }

  @Override
  public TimestampData getTimestamp(int column, int precision) {
    throw failure();
  }

  @Override
  public <T> RawValueData<T> getRawValue(int column) {
    throw failure();
  }

  @Override
  public byte[] getBinary(int column) {
    throw failure();
  }

  @Override
  public ArrayData getArray(int column) {
    throw failure();
  }

  @Override
  public MapData getMap(int column) {
    throw failure();
  }

  @Override
  public RowData getRow(int column, int fields) {
    throw failure();
  }

  @Override
  public Variant getVariant(int column) {
    throw failure();
  }

  @Override
  public String toString() {
    return "FailedRow";
  }
}
