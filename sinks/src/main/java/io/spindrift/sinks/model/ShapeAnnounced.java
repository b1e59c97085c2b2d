package io.spindrift.sinks.model;

/** A shape, sent ahead of the first row that uses it. Announcing twice is harmless. */
public record ShapeAnnounced(TableShape shape) implements ChangeEvent {}
