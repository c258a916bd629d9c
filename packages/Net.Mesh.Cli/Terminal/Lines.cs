using System.Text.Json.Serialization;

namespace Net.Mesh.Cli.Terminal;

/// <summary>One JSON object a line: what --json writes. Field names are in snake case; null fields are left out.</summary>
internal abstract record Line([property: JsonPropertyOrder(-1)] string Event);

internal sealed record ErrorLine(string Kind, string Message, int ExitCode) : Line("error");

internal sealed record KeyLine(string File, string What) : Line("created");

internal sealed record IdentityLine(string? File, string EntityId, string NodeId, string OriginHash, string PublicKey) : Line("identity");

internal sealed record TicketLine(string NodeId, string EntityId, string PublicKey, string[] Addresses, string Ticket) : Line("ticket");

internal sealed record StartedLine(string NodeId, string EntityId, string Address, string Ticket) : Line("started");

internal sealed record StoppedLine(double Seconds) : Line("stopped");

internal sealed record PeerLine(
    string Change, string NodeId, string? EntityId, string Address, bool Relayed, string? Security, string Status, double? ConnectMs = null) : Line("peer");

internal sealed record NodeSeenLine(string NodeId, string Via, int Metric) : Line("node");

internal sealed record DialFailedLine(string NodeId, string Kind, string Message) : Line("dial_failed");

internal sealed record TrafficLine(
    int Peers, int Routes, long PacketsReceived, long PacketsSent, long PacketsForwarded, long BytesReceived, long BytesSent, long BytesForwarded,
    long Dropped) : Line("traffic");

internal sealed record PingLine(string NodeId, int Sequence, double? RoundTripMs) : Line("ping");

internal sealed record PingSummaryLine(string NodeId, int Sent, int Received, double? MinMs, double? MedianMs, double? MaxMs) : Line("ping_summary");

internal sealed record ProgressLine(long Bytes, double Seconds) : Line("progress");

internal sealed record TransferLine(string Event, string NodeId, string StreamId, long Bytes, string Sha256, double Seconds, long? Retransmissions) : Line(Event);

internal sealed record LatencyLine(int Count, double P50Us, double P99Us, double MaxUs) : Line("latency");

internal sealed record ThroughputLine(
    int MessageBytes, long Messages, double Seconds, double MessagesPerSecond, double MebibytesPerSecond, long Retransmissions) : Line("throughput");

internal sealed record TokenLine(
    string? File, string Status, string Subject, string Root, string[] Scopes, string? Channel, string? ChannelHash, string NotBefore, string NotAfter,
    int Depth, TokenLink[] Links, string Token) : Line("token");

internal sealed record TokenLink(
    string Status, string Issuer, string Subject, string[] Scopes, string? ChannelHash, string NotBefore, string NotAfter, int Depth);

internal sealed record SubscriberLine(string Change, string NodeId, string Channel, string? Reason, string? Detail, int On) : Line("subscriber");

internal sealed record ChannelLine(string Channel, int On, string[] NodeIds, long Messages, long Deliveries) : Line("channel");

internal sealed record PublishFailedLine(string Channel, string NodeId, int Messages, string Message) : Line("publish_failed");

internal sealed record PublishedLine(string Channel, long Messages, long Deliveries, long Unheard, long Failed) : Line("published");

internal sealed record SubscribedLine(string Channel, string NodeId, string? QueueGroup) : Line("subscribed");

internal sealed record MessageLine(string NodeId, string Channel, ulong Sequence, int Index, long? Missed, string? Text, string? Base64) : Line("message");

internal sealed record CapabilityLine(
    string Change, string NodeId, string[] Tags, Dictionary<string, string>? Metadata, bool? Matches = null, string? Trace = null) : Line("capability");

internal sealed record ReplyLine(string Service, long? Item, double? LatencyMs, string? Text, string? Base64) : Line("reply");

internal sealed record CallsLine(string Service, long Answered, long Failed, long Cancelled) : Line("calls");

internal sealed record ServiceLine(string Service, string[] NodeIds) : Line("service");

internal sealed record CallBenchLine(
    string Service, string NodeId, int InFlight, int MessageBytes, long Calls, long Failed, double Seconds, double CallsPerSecond, double P50Us, double P99Us,
    double P999Us, double MaxUs) : Line("call_bench");

internal sealed record LogLine(
    string Channel, long Events, ulong? FirstSeq, ulong NextSeq, long Bytes, uint Generation, int Problems, bool Lost, OpenerPart? OpenIn) : Line("log");

internal sealed record OpenerPart(int ProcessId, string Program);

internal sealed record LogProblemLine(string Channel, string Kind, ulong? Seq, bool Lost, string Message) : Line("problem");

internal sealed record EntryLine(
    string Channel, ulong Seq, string Timestamp, ulong? Missed, bool? Inline, string? Text, string? Base64, string? Hex) : Line("entry");

internal sealed record AppendedLine(string Channel, ulong Seq) : Line("appended");

internal sealed record RepairLine(
    string Channel, bool Done, long Kept, ulong? FirstSeq, ulong NextSeq, int Problems, bool Lost, string? Backup) : Line("repair");

internal sealed record TaskLine(string Change, ulong Id, string? Title, string? Status, string? Created, string? Updated) : Line("task");

internal sealed record MemoryLine(
    string Change, ulong Id, string? Content, string[]? Tags, string? Source, bool? Pinned, string? Created, string? Updated) : Line("memory");

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(KeyLine))]
[JsonSerializable(typeof(IdentityLine))]
[JsonSerializable(typeof(TicketLine))]
[JsonSerializable(typeof(StartedLine))]
[JsonSerializable(typeof(StoppedLine))]
[JsonSerializable(typeof(PeerLine))]
[JsonSerializable(typeof(NodeSeenLine))]
[JsonSerializable(typeof(DialFailedLine))]
[JsonSerializable(typeof(TrafficLine))]
[JsonSerializable(typeof(PingLine))]
[JsonSerializable(typeof(PingSummaryLine))]
[JsonSerializable(typeof(ProgressLine))]
[JsonSerializable(typeof(TransferLine))]
[JsonSerializable(typeof(LatencyLine))]
[JsonSerializable(typeof(ThroughputLine))]
[JsonSerializable(typeof(TokenLine))]
[JsonSerializable(typeof(SubscriberLine))]
[JsonSerializable(typeof(ChannelLine))]
[JsonSerializable(typeof(PublishFailedLine))]
[JsonSerializable(typeof(PublishedLine))]
[JsonSerializable(typeof(SubscribedLine))]
[JsonSerializable(typeof(MessageLine))]
[JsonSerializable(typeof(CapabilityLine))]
[JsonSerializable(typeof(ReplyLine))]
[JsonSerializable(typeof(CallsLine))]
[JsonSerializable(typeof(ServiceLine))]
[JsonSerializable(typeof(CallBenchLine))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(LogProblemLine))]
[JsonSerializable(typeof(EntryLine))]
[JsonSerializable(typeof(AppendedLine))]
[JsonSerializable(typeof(RepairLine))]
[JsonSerializable(typeof(TaskLine))]
[JsonSerializable(typeof(MemoryLine))]
internal sealed partial class LineJson : JsonSerializerContext;
