using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>The JSON of an announcement (spec 04 §6.1): members in a fixed order, the optional ones left out when they say nothing.</summary>
internal static class AnnouncementJson
{
    /// <summary>As it travels.</summary>
    public static void Write(IBufferWriter<byte> output, CapabilityAnnouncement announcement) => Write(output, announcement, isForSigning: false);

    /// <summary>What is signed: without signature and hop count (spec 04 §6.2).</summary>
    public static void WriteSigned(IBufferWriter<byte> output, CapabilityAnnouncement announcement) => Write(output, announcement, isForSigning: true);

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CapabilityAnnouncement? announcement) =>
        TryRead(bytes.ToArray(), null, out announcement);

    /// <summary>
    /// Reads an announcement that keeps <paramref name="bytes"/>. A set that <paramref name="known"/> has of the node in the same
    /// bytes is taken from there: most announcements say again what is known.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, CapabilityIndex? known, [NotNullWhen(true)] out CapabilityAnnouncement? announcement)
    {
        announcement = null;
        var members = new AnnouncementMembers(known);
        int count = 0;
        if (!StrictJsonReader.TryOpen(bytes.Span, out StrictJsonReader json) || !json.TryTake((byte)'{'))
            return false;
        while (true)
        {
            if (!json.TryStep((byte)'}', ref count, out bool hasMore))
                return false;
            if (!hasMore)
                break;
            if (!members.TryReadOne(ref json))
                return false;
        }
        return json.TryEnd() && members.TryBuild(bytes, out announcement);
    }

    private static void Write(IBufferWriter<byte> output, CapabilityAnnouncement announcement, bool isForSigning)
    {
        var json = new CanonicalJsonWriter(output);
        json.Raw("{\"node_id\":"u8);
        json.Number(announcement.NodeId.Value);
        json.Raw(",\"entity_id\":"u8);
        json.Hex(announcement.EntityId.AsSpan());
        json.Raw(",\"version\":"u8);
        json.Number(announcement.Version);
        json.Raw(",\"timestamp_ns\":"u8);
        json.Number(announcement.TimestampNs);
        json.Raw(",\"ttl_secs\":"u8);
        json.Number(announcement.TtlSeconds);
        json.Raw(",\"capabilities\":"u8);
        CapabilitySetJson.Write(ref json, announcement.Capabilities);
        if (!isForSigning && announcement.IsSigned)
        {
            json.Raw(",\"signature\":"u8);
            json.Hex(announcement.Signature.Span);
        }
        if (!isForSigning && announcement.HopCount != 0)
        {
            json.Raw(",\"hop_count\":"u8);
            json.Number(announcement.HopCount);
        }
        if (announcement.ReflexAddress is { } reflex)
        {
            json.Raw(",\"reflex_addr\":"u8);
            json.String(SocketAddressText.Format(reflex));
        }
        WriteLists(ref json, announcement);
        json.Raw((byte)'}');
        json.Flush();
    }

    private static void WriteLists(ref CanonicalJsonWriter json, CapabilityAnnouncement announcement)
    {
        if (announcement.AllowedNodes.Count > 0)
        {
            json.Raw(",\"allowed_nodes\":"u8);
            for (int i = 0; i < announcement.AllowedNodes.Count; i++)
            {
                json.Raw(i == 0 ? (byte)'[' : (byte)',');
                json.Number(announcement.AllowedNodes[i].Value);
            }
            json.Raw((byte)']');
        }
        if (announcement.AllowedSubnets.Count > 0)
        {
            json.Raw(",\"allowed_subnets\":"u8);
            for (int i = 0; i < announcement.AllowedSubnets.Count; i++)
            {
                json.Raw(i == 0 ? (byte)'[' : (byte)',');
                CapabilitySubnetId id = announcement.AllowedSubnets[i];
                WriteId(ref json, id.AsSpan());
            }
            json.Raw((byte)']');
        }
        if (announcement.AllowedGroups.Count > 0)
        {
            json.Raw(",\"allowed_groups\":"u8);
            for (int i = 0; i < announcement.AllowedGroups.Count; i++)
            {
                json.Raw(i == 0 ? (byte)'[' : (byte)',');
                CapabilityGroupId id = announcement.AllowedGroups[i];
                WriteId(ref json, id.AsSpan());
            }
            json.Raw((byte)']');
        }
    }

    private static void WriteId(ref CanonicalJsonWriter json, scoped ReadOnlySpan<byte> id)
    {
        for (int i = 0; i < id.Length; i++)
        {
            json.Raw(i == 0 ? (byte)'[' : (byte)',');
            json.Number(id[i]);
        }
        json.Raw((byte)']');
    }
}

/// <summary>The members of an announcement that is being read; each may come once.</summary>
internal struct AnnouncementMembers(CapabilityIndex? known)
{
    private NodeId? _node;
    private EntityId? _entity;
    private ulong? _version;
    private ulong? _timestamp;
    private uint? _ttl;
    private CapabilitySet? _set;
    private byte[]? _signature;
    private byte _hops;
    private IPEndPoint? _reflex;
    private List<NodeId>? _nodes;
    private List<CapabilitySubnetId>? _subnets;
    private List<CapabilityGroupId>? _groups;
    private Range _signatureAt;
    private Range _hopsAt;
    private Range _setAt;
    private byte[]? _knownSet;
    private bool _hasSignature;
    private bool _hasHops;
    private bool _hasReflex;
    private bool _hasUnknown;

    public bool TryReadOne(ref StrictJsonReader json)
    {
        json.SkipSpace();
        int start = json.Position;
        if (!json.TryName(out ReadOnlySpan<byte> name))
            return false;
        if (name.SequenceEqual("node_id"u8))
            return _node is null && Number(ref json, ulong.MaxValue, out ulong node) && Set(out _node, new NodeId(node));
        if (name.SequenceEqual("entity_id"u8))
            return _entity is null && TryEntity(ref json);
        if (name.SequenceEqual("version"u8))
            return _version is null && Number(ref json, ulong.MaxValue, out ulong version) && Set(out _version, version);
        if (name.SequenceEqual("timestamp_ns"u8))
            return _timestamp is null && Number(ref json, ulong.MaxValue, out ulong timestamp) && Set(out _timestamp, timestamp);
        if (name.SequenceEqual("ttl_secs"u8))
            return _ttl is null && Number(ref json, uint.MaxValue, out ulong ttl) && Set(out _ttl, (uint)ttl);
        if (name.SequenceEqual("capabilities"u8))
            return _set is null && TrySet(ref json);
        if (name.SequenceEqual("signature"u8))
            return !_hasSignature && TrySignature(ref json, start);
        if (name.SequenceEqual("hop_count"u8))
            return !_hasHops && TryHops(ref json, start);
        if (name.SequenceEqual("reflex_addr"u8))
            return !_hasReflex && TryReflex(ref json);
        if (name.SequenceEqual("allowed_nodes"u8))
            return _nodes is null && TryNodes(ref json);
        if (name.SequenceEqual("allowed_subnets"u8))
            return _subnets is null && TrySubnets(ref json);
        if (name.SequenceEqual("allowed_groups"u8))
            return _groups is null && TryGroups(ref json);
        _hasUnknown = true;
        return json.TrySkip();
    }

    public readonly bool TryBuild(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out CapabilityAnnouncement? announcement)
    {
        announcement = null;
        if (_node is not { } node || _entity is not { } entity || _version is not { } version || _timestamp is not { } timestamp
            || _ttl is not { } ttl || _set is null)
        {
            return false;
        }
        announcement = new()
        {
            NodeId = node,
            EntityId = entity,
            Version = version,
            TimestampNs = timestamp,
            TtlSeconds = ttl,
            Capabilities = _set,
            Signature = _signature,
            HopCount = _hops,
            ReflexAddress = _reflex,
            AllowedNodes = _nodes ?? [],
            AllowedSubnets = _subnets ?? [],
            AllowedGroups = _groups ?? [],
            Received = new()
            {
                Bytes = bytes,
                Capabilities = _setAt,
                KnownSet = _knownSet,
                Signature = _signatureAt,
                HopCount = _hopsAt,
                HopCountGoesTo = _signature is null ? _setAt.End.Value : _signatureAt.End.Value,
                HasUnknownMembers = _hasUnknown,
            },
        };
        return true;
    }

    private static bool Number(ref StrictJsonReader json, ulong max, out ulong value) => json.TryNumber(max, out value);

    private static bool Set<T>(out T? field, T value)
        where T : struct
    {
        field = value;
        return true;
    }

    private bool TryEntity(ref StrictJsonReader json)
    {
        Span<byte> key = stackalloc byte[EntityId.Length];
        return json.TryHex(key) && Set(out _entity, new EntityId(key));
    }

    private bool TrySet(ref StrictJsonReader json)
    {
        json.SkipSpace();
        int start = json.Position;
        if (known is not null && _node is { } node && known.TryGetOriginal(node, out KeptAnnouncement? original) && json.TryTakeValue(original.SetJson))
            (_set, _knownSet) = (original.Announcement.Capabilities, original.SetJson);
        else if (!CapabilitySetJson.TryRead(ref json, out _set))
            return false;
        _setAt = start..json.Position;
        return true;
    }

    private bool TrySignature(ref StrictJsonReader json, int start)
    {
        _hasSignature = true;
        byte[] signature = new byte[Identity.SignatureBytes];
        if (!json.TryNull())
        {
            if (!json.TryHex(signature))
                return false;
            _signature = signature;
        }
        _signatureAt = start..json.Position;
        return true;
    }

    private bool TryHops(ref StrictJsonReader json, int start)
    {
        _hasHops = true;
        if (!json.TryNumber(byte.MaxValue, out ulong hops))
            return false;
        _hops = (byte)hops;
        _hopsAt = start..json.Position;
        return true;
    }

    private bool TryReflex(ref StrictJsonReader json)
    {
        _hasReflex = true;
        return json.TryNull() || (json.TryString(out string text) && SocketAddressText.TryParse(text, out _reflex));
    }

    private bool TryNodes(ref StrictJsonReader json)
    {
        _nodes = [];
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
                return true;
            if (count > CapabilityAnnouncement.MaxAllowListLength || !json.TryNumber(ulong.MaxValue, out ulong node))
                return false;
            _nodes.Add(new(node));
        }
        return false;
    }

    private bool TrySubnets(ref StrictJsonReader json)
    {
        _subnets = [];
        Span<byte> id = stackalloc byte[CapabilitySubnetId.Length];
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
                return true;
            if (count > CapabilityAnnouncement.MaxAllowListLength || !TryId(ref json, id))
                return false;
            _subnets.Add(new(id));
        }
        return false;
    }

    private bool TryGroups(ref StrictJsonReader json)
    {
        _groups = [];
        Span<byte> id = stackalloc byte[CapabilityGroupId.Length];
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
                return true;
            if (count > CapabilityAnnouncement.MaxAllowListLength || !TryId(ref json, id))
                return false;
            _groups.Add(new(id));
        }
        return false;
    }

    private static bool TryId(ref StrictJsonReader json, scoped Span<byte> id)
    {
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
                return count == id.Length;
            if (count > id.Length || !json.TryNumber(byte.MaxValue, out ulong value))
                return false;
            id[count - 1] = (byte)value;
        }
        return false;
    }
}
