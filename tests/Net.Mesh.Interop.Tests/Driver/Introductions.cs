namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Handshakes after which both sides can address each other in every way (spec 02, T7).</summary>
internal static class Introductions
{
    extension(TestNode node)
    {
        /// <summary>
        /// Dials another node. The original answers directly and is started then, which it must not have been; once it runs it has to
        /// be the one that dials.
        /// </summary>
        public async Task IntroduceAsync(TestNode other)
        {
            if (other.Whose == Implementation.Original)
            {
                Task accepting = other.AcceptAsync(node);
                await node.ConnectAsync(other, via: "direct");
                await accepting;
                await other.Lines.CallAsync("start");
            }
            else
            {
                // Its handshakes need it to receive.
                if (node.Whose == Implementation.Original)
                    await node.Lines.CallAsync("start");
                await node.ConnectAsync(other);
            }
            await node.WaitForPeerAsync(other);
            await other.WaitForPeerAsync(node);
        }
    }
}
