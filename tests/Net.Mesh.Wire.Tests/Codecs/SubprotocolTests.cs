namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>Two nodes find out what they can speak with each other (spec 02 §7.2).</summary>
public sealed class SubprotocolTests
{
    private static readonly Gen<SubprotocolManifest> Manifests = Gen.Select(Gen.UShort, Gen.Byte.Array[4]).Array[0, 30].Select(rows =>
        new SubprotocolManifest(rows.DistinctBy(row => row.Item1).Select(row =>
        {
            var version = new SubprotocolVersion(row.Item2[0], row.Item2[1]);
            var oldest = new SubprotocolVersion(row.Item2[2], row.Item2[3]);
            return new SubprotocolManifestEntry(row.Item1, version, oldest > version ? version : oldest);
        })));

    [Fact]
    public void A_manifest_survives_the_wire_in_order_of_ids() => Manifests.Sample(manifest =>
    {
        byte[] message = manifest.ToBytes();
        Assert.Equal(manifest.SizeInBytes, message.Length);
        Assert.True(SubprotocolManifest.TryParse(message, out SubprotocolManifest? read));
        Assert.Equal(manifest.Entries, read.Entries);
        Assert.Equal(read.Entries.OrderBy(entry => entry.Id), read.Entries);
    }, iter: 300, threads: 1);

    [Fact]
    public void Every_other_length_is_refused() => Manifests.Sample(manifest =>
    {
        Hostile.AssertRefusesTruncations(bytes => SubprotocolManifest.TryParse(bytes, out _), manifest.ToBytes());
        Hostile.AssertRefusesTrailingByte(bytes => SubprotocolManifest.TryParse(bytes, out _), manifest.ToBytes());
    }, iter: 50, threads: 1);

    [Fact]
    public void Random_bytes_are_refused_or_read() => Hostile.AssertSurvives(bytes => SubprotocolManifest.TryParse(bytes, out _), 8);

    [Fact]
    public void Negotiation_is_the_same_from_both_ends() => Gen.Select(Manifests, Manifests).Sample((left, right) =>
    {
        NegotiatedSet ours = left.Negotiate(right);
        NegotiatedSet theirs = right.Negotiate(left);
        Assert.Equal(ours.Compatible, theirs.Compatible);
        Assert.Equal(ours.Incompatible, theirs.Incompatible);
    }, iter: 300, threads: 1);

    [Fact]
    public void Ids_go_together_when_each_side_is_new_enough_for_the_other()
    {
        var local = new SubprotocolManifest([Entry(1, 2, 0, 1), Entry(2, 3, 0, 3), Entry(3, 1, 0, 1), Entry(4, 1, 0, 1)]);
        var remote = new SubprotocolManifest([Entry(1, 1, 5, 1), Entry(2, 2, 9, 1), Entry(3, 2, 0, 2), Entry(5, 1, 0, 1)]);
        NegotiatedSet negotiated = local.Negotiate(remote);
        Assert.Equal([1], negotiated.Compatible);
        Assert.Equal([2, 3], negotiated.Incompatible);
        Assert.True(negotiated.TryGetRemoteVersion(1, out SubprotocolVersion version));
        Assert.Equal(new(1, 5), version);
        Assert.False(negotiated.Contains(2));
        Assert.False(negotiated.Contains(4));
        Assert.False(negotiated.Contains(5));
    }

    [Fact]
    public void An_oldest_compatible_version_above_the_version_is_the_version()
    {
        var descriptor = new SubprotocolDescriptor(7, "seven", new(1, 2)) { MinCompatible = new(9, 9) };
        Assert.Equal(new(1, 2), descriptor.MinCompatible);
        Assert.Equal(new(1, 1), (descriptor with { MinCompatible = new(1, 1) }).MinCompatible);
    }

    [Fact]
    public void Only_what_is_handled_is_offered()
    {
        var registry = new SubprotocolRegistry();
        Assert.Null(registry.Register(new(0x2001, "handled", new(1, 0))));
        registry.Register(new(0x2000, "known", new(1, 0)) { IsHandled = false });
        Assert.Equal(["subprotocol:0x2001"], registry.CapabilityTags);
        Assert.Equal(0x2001, Assert.Single(registry.CreateManifest().Entries).Id);
        Assert.True(registry.TryGet(0x2000, out _));
        Assert.False(registry.IsHandled(0x2000));
        Assert.Equal("handled", registry.Register(new(0x2001, "again", new(2, 0)))?.Name);
        Assert.True(registry.Unregister(0x2001));
        Assert.False(registry.Unregister(0x2001));
        Assert.Equal(1, registry.Count);
    }

    [Fact]
    public void An_id_twice_is_an_argument_error() =>
        Assert.Throws<ArgumentException>(() => new SubprotocolManifest([Entry(1, 1, 0, 1), Entry(1, 2, 0, 1)]));

    private static SubprotocolManifestEntry Entry(ushort id, byte major, byte minor, byte oldestMajor) => new(id, new(major, minor), new(oldestMajor, 0));
}
